package event_test

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/callgate/callgate/rules/event"
)

// A slot reads exactly the value that the struct tags name.
func TestSlots(t *testing.T) {
	var e event.Event
	members := map[string]reflect.Value{}
	fill(reflect.ValueOf(&e).Elem(), "", members)
	for _, f := range event.Fields() {
		v := members[f.Name]
		refs := []event.Ref{{Field: f, Index: -1}}
		if v.Kind() == reflect.Array {
			refs = refs[:0]
			for i := range v.Len() {
				refs = append(refs, event.Ref{Field: f, Index: i})
			}
		}
		for i, r := range refs {
			want := v
			if v.Kind() == reflect.Array {
				want = v.Index(i)
			}
			if got := read(r, &e); got != want.Interface() {
				t.Errorf("%s at %d is %v, want %v", f.Name, i, got, want)
			}
		}
	}
	name, _ := event.Lookup("proc.aname")
	id, _ := event.Lookup("proc.apid")
	if got := name.Slot().Texts(&e); !reflect.DeepEqual(got, e.Proc.AName[:]) {
		t.Errorf("proc.aname is %v", got)
	}
	if got := id.Slot().Numbers(&e); !reflect.DeepEqual(got, e.Proc.APID[:]) {
		t.Errorf("proc.apid is %v", got)
	}
}

// The companion of a boolean lies where the tag known says.
func TestKnownSlots(t *testing.T) {
	var e event.Event
	for name, known := range map[string]*bool{"proc.is_exe_upper_layer": &e.Proc.LayerKnown, "proc.is_exe_from_memfd": &e.Proc.ExeKnown} {
		f, err := event.Lookup(name)
		if err != nil || !f.CanBeMissing() {
			t.Fatalf("%s: %v", name, err)
		}
		for _, want := range []bool{true, false} {
			if *known = want; f.KnownSlot().Flag(&e) != want {
				t.Errorf("%s is known: want %t", name, want)
			}
		}
	}
}

// ResetBut forgets every member, and of the arguments those that it is told of.
func TestResetBut(t *testing.T) {
	var e, blank event.Event
	blank.Reset()
	fill(reflect.ValueOf(&e).Elem(), "", map[string]reflect.Value{})
	all := make([]int, len(e.Evt.Arg))
	for i := range all {
		all[i] = i
	}
	kept := e.Evt.Arg[0]
	if e.ResetBut(all[1:]); e.Evt.Arg[0] != kept || e == blank {
		t.Errorf("argument 0 is %q, want %q", e.Evt.Arg[0], kept)
	}
	if e.ResetBut(all[:1]); e != blank {
		t.Errorf("something is left: %+v", e)
	}
}

func read(r event.Ref, e *event.Event) any {
	switch r.Type {
	case event.String:
		return r.Slot().Text(e)
	case event.Int:
		return r.Slot().Number(e)
	}
	return r.Slot().Flag(e)
}

// fill gives every member of v a value of its own and notes it by its name.
// Every other boolean is true.
func fill(v reflect.Value, name string, members map[string]reflect.Value) {
	switch n := len(members); v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			prefix := name
			if prefix != "" {
				prefix += "."
			}
			fill(v.Field(i), prefix+v.Type().Field(i).Tag.Get("expr"), members)
		}
		return
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), name+"["+strconv.Itoa(i)+"]", members)
		}
	case reflect.String:
		v.SetString(strconv.Itoa(n))
	case reflect.Int:
		v.SetInt(int64(n))
	case reflect.Bool:
		v.SetBool(n%2 == 0)
	}
	members[name] = v
}
