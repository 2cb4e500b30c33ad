package event_test

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// A slot reads exactly the value that the struct tags name.
func TestSlots(t *testing.T) {
	var e event.Event
	members := map[string]reflect.Value{}
	fill(reflect.ValueOf(&e).Elem(), "", members)
	for _, f := range event.Fields() {
		v, ok := members[f.Name]
		if !ok {
			continue // it has no place of its own: TestFieldsWithoutPlace
		}
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

// Fields without a place of their own: other names, both ends, elements that are
// looked up, and results.
func TestFieldsWithoutPlace(t *testing.T) {
	var e event.Event
	e.Reset()
	e.FD.SIP, e.FD.CIP, e.FD.LIP, e.FD.RIP, e.FD.SPort = "server", "client", "local", "remote", 443
	e.Container.MountBlk = "/var/a\x00/a\x00/proc/sys\x00/host/proc\x00/var/b\x00/b\x00"
	uid, _ := syscalls.ArgID("uid")
	e.Evt.Arg[uid] = "nobody"
	for name, want := range map[string]any{
		"evt.arg.uid": "nobody", "fd.snet": "server", "fd.cnet": "client", "fd.lnet": "local", "fd.rnet": "remote",
		"container.mount.dest[/proc*]": "/host/proc", "container.mount.dest[/var/?]": "/a", "container.mount.source[/b]": "/var/b",
		"fd.ip": nil, "fd.net": nil, "fd.port": nil, "container.mount.dest": nil, "container.mount.dest[/pro]": nil,
		"container.mount.source[/proc*]": nil, "evt.res": nil, "evt.failed": nil, "evt.rawres": nil, "evt.arg.res": nil,
	} {
		ref, err := event.ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := ref.Value(&e); ok != (want != nil) || ok && v != want {
			t.Errorf("%s is %v, %t", name, v, ok)
		}
	}
	ip, _ := event.Lookup("fd.ip")
	port, _ := event.Lookup("fd.port")
	if ends := ip.Ends(); len(ends) != 2 || ends[0].Text(&e) != "server" || ends[1].Text(&e) != "client" {
		t.Error("fd.ip is not both ends")
	}
	if ends := port.Ends(); len(ends) != 2 || ends[0].Number(&e) != 443 || ends[1].Number(&e) != event.Missing {
		t.Error("fd.port is not both ends")
	}
	for _, f := range event.Fields() {
		if n := len(f.Ends()); n > event.MaxEnds {
			t.Errorf("%s stands for %d values", f.Name, n)
		}
	}
}

// Which references a condition can compare, and which a message can show.
func TestComparableAndPrintable(t *testing.T) {
	for name, want := range map[string][2]bool{ // comparable, printable
		"proc.name": {true, true}, "proc.aname": {true, false}, "proc.aname[1]": {true, true}, "proc.env": {true, true},
		"evt.arg.flags": {true, true}, "evt.arg": {false, false}, "fd.ip": {true, false}, "fd.snet": {true, true},
		"container.mount.dest": {false, false}, "container.mount.dest[/]": {true, true}, "evt.res": {false, true}, "evt.buffer": {false, true},
	} {
		ref, err := event.ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{ref.Comparable() == nil, ref.Printable() == nil}; got != want {
			t.Errorf("%s: %v, want %v (%v, %v)", name, got, want, ref.Comparable(), ref.Printable())
		}
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

// Forget forgets what was read, whichever source it was of, and of the arguments
// those that it is told of. The sandbox stays, but not its age.
func TestForget(t *testing.T) {
	var full, e, sandbox event.Event
	values, members := map[string]reflect.Value{}, map[string]reflect.Value{}
	fill(reflect.ValueOf(&full).Elem(), "", values)
	fill(reflect.ValueOf(&e).Elem(), "", members)
	all := make([]int, len(e.Evt.Arg))
	for i := range all {
		all[i] = i
	}
	every := ^event.Need(0)
	if e.Forget(every, all[1:]); e.Evt.Arg[0] != full.Evt.Arg[0] || e.Evt.RawArg[0] != full.Evt.RawArg[0] {
		t.Errorf("argument 0 is %q and %d", e.Evt.Arg[0], e.Evt.RawArg[0])
	}
	sandbox.Reset()
	sandbox.Container, sandbox.K8s = full.Container, full.K8s
	sandbox.Container.Duration = event.Missing
	if e.Forget(every, all[:1]); e != sandbox {
		t.Errorf("something is left: %+v", e)
	}
	for _, f := range event.Fields() {
		if !members[f.Name].IsValid() {
			continue // no place of its own
		}
		e = sandbox
		members[f.Name].Set(values[f.Name])
		if e.Forget(f.Need, all); e != sandbox {
			t.Errorf("%s is left when its source was read", f.Name)
		}
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
