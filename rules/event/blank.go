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

// Forget is Reset for an event whose sources were read as far as read says, and of
// whose arguments only those are known that args names. What it says of the sandbox
// stays, but for how long that has been there. An event is large, most of it is
// seldom read, and what was not read is blank.
func (e *Event) Forget(read Need, args []int) {
	e.Evt.Num, e.Evt.Time, e.Evt.Type = Missing, Missing, ""
	e.Thread.TID, e.Proc.PID, e.Proc.Name = Missing, Missing, ""
	e.Container.Duration = Missing
	if read&ofCall != 0 {
		for _, id := range args {
			e.Evt.Arg[id], e.Evt.RawArg[id] = "", Missing
		}
		v := &e.Evt
		v.IsOpenRead, v.IsOpenWrite, v.IsOpenCreate, v.IsOpenExec, v.Args = false, false, false, false, ""
		e.FD, e.FS = blank.FD, blank.FS
	}
	if read&^(ofCall|NeedCall|NeedTime|NeedName) != 0 {
		e.Proc, e.Ancestors, e.Thread, e.User, e.Group = blank.Proc, blank.Ancestors, blank.Thread, blank.User, blank.Group
	}
}

// UnknownContainer is a container of which nothing is known.
func UnknownContainer() Container { return blank.Container }
