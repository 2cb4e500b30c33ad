package event

import (
	"reflect"
	"slices"
	"testing"
)

// Every member of an event counts, but for those that time changes.
func TestSumTellsEventsApart(t *testing.T) {
	var e Event
	e.Reset()
	sums := map[Sum]string{e.Sum(): "nothing"}
	var walk func(v reflect.Value, name string)
	walk = func(v reflect.Value, name string) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				f := v.Type().Field(i)
				walk(v.Field(i), name+"."+f.Tag.Get("expr"))
			}
			return
		case reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i), name)
			}
			return
		case reflect.Pointer:
			return
		case reflect.String:
			v.SetString("x")
		case reflect.Int:
			v.SetInt(7)
		case reflect.Bool:
			v.SetBool(true)
		default:
			t.Fatalf("%s is a %s, which Sum does not know", name, v.Kind())
		}
		s := e.Sum()
		if slices.Contains(passing, name[1:]) {
			if _, same := sums[s]; !same {
				t.Errorf("%s counts", name[1:])
			}
		} else if other, ok := sums[s]; ok {
			t.Errorf("%s is not told from %s", name, other)
		}
		sums[s] = name
		e.Reset()
	}
	walk(reflect.ValueOf(&e).Elem(), "")
	e.Proc.Name, e.Proc.Exe = "ab", "c"
	one := e.Sum()
	e.Proc.Name, e.Proc.Exe = "a", "bc"
	if e.Sum() == one {
		t.Error("bytes may wander from one string to the next")
	}
}
