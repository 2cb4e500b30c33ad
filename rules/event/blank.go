package event

import "reflect"

// blank is an event of which nothing is known.
var blank = func() (e Event) {
	markMissing(reflect.ValueOf(&e).Elem())
	return e
}()

func markMissing(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			markMissing(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			markMissing(v.Index(i))
		}
	case reflect.Int:
		v.SetInt(Missing)
	}
}

// Reset makes the event one of which nothing is known.
func (e *Event) Reset() {
	scratch := e.Scratch
	*e = blank
	e.Scratch = scratch
}

// ResetBut is Reset for an event of whose arguments only those are known that
// args names: arguments make most of an event, and no call has more than a few.
func (e *Event) ResetBut(args []int) {
	for _, id := range args {
		e.Evt.Arg[id], e.Evt.RawArg[id] = "", Missing
	}
	v, b := &e.Evt, &blank.Evt
	v.Num, v.Time, v.Type = b.Num, b.Time, b.Type
	v.IsOpenRead, v.IsOpenWrite, v.IsOpenCreate, v.IsOpenExec = b.IsOpenRead, b.IsOpenWrite, b.IsOpenCreate, b.IsOpenExec
	v.Args = b.Args
	e.Proc, e.Thread, e.User, e.Group, e.FD, e.FS = blank.Proc, blank.Thread, blank.User, blank.Group, blank.FD, blank.FS
	e.Container, e.K8s, e.Ancestors = blank.Container, blank.K8s, blank.Ancestors
}

// UnknownContainer is a container of which nothing is known.
func UnknownContainer() Container { return blank.Container }
