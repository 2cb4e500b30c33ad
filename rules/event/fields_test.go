package event_test

import (
	"errors"
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Every field's tags say what they must.
func TestFields(t *testing.T) {
	seen := make(map[string]bool)
	for _, f := range event.Fields() {
		if seen[f.Name] {
			t.Errorf("%s is defined twice", f.Name)
		}
		seen[f.Name] = true
		if f.Need == 0 {
			t.Errorf("%s: unknown need", f.Name)
		}
		if f.Doc == "" {
			t.Errorf("%s: no doc", f.Name)
		}
		if ref, err := event.Lookup(f.Name); err != nil || ref.Field != f {
			t.Errorf("Lookup(%s) = %v, %v", f.Name, ref, err)
		}
	}
	for _, name := range []string{"evt.type", "proc.name", "fs.path.target", "k8s.ns.name", "container.image.repository", "fd.sport"} {
		if !seen[name] {
			t.Errorf("there is no %s", name)
		}
	}
	for _, name := range []string{"proc.envblk", "proc.layerknown", "proc.exeknown"} {
		if seen[name] {
			t.Errorf("%s is a field", name)
		}
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"proc.nmae": "proc.name", "Proc.name": "proc.name", "evt.arg.flgs": "evt.arg.flags", "container.imag": "container.image", "": "", "zzz": "",
		"fd.sipp": "fd.sip", "evt.arg.": "", "user.uid.x": "user.uid",
	} {
		_, err := event.Lookup(name)
		var unknown *event.UnknownFieldError
		if !errors.As(err, &unknown) || unknown.Suggestion != want {
			t.Errorf("Lookup(%q): %v, want suggestion %q", name, err, want)
		}
	}
}

func TestParseRef(t *testing.T) {
	for _, good := range []string{"fd.name", "proc.aname[2]", "proc.aname", `evt.arg.flags`, "evt.rawarg.domain"} {
		ref, err := event.ParseRef(good)
		if err != nil || ref.String() != good {
			t.Errorf("ParseRef(%q) = %v, %v", good, ref, err)
		}
	}
	if ref, err := event.ParseRef("proc.env[HOME]"); err != nil || ref.Key != "HOME" || ref.String() != `proc.env["HOME"]` {
		t.Errorf("proc.env[HOME]: %v, %v", ref, err)
	}
	for _, bad := range []string{"", "fd.name x", "proc.aname[16]", "proc.aname[-1]", "proc.aname[x]", "fd.name[1]", "%fd.name", "proc.aname[2"} {
		if ref, err := event.ParseRef(bad); err == nil {
			t.Errorf("ParseRef(%q) = %v", bad, ref)
		}
	}
}

// A value that is not known is told apart from every one that is.
func TestValue(t *testing.T) {
	var e event.Event
	e.Reset()
	for _, f := range event.Fields() {
		ref, _ := event.Lookup(f.Name)
		if v, ok := ref.Value(&e); ok && (f.Type != event.Bool || f.CanBeMissing()) {
			t.Errorf("%s of a blank event is %v", f.Name, v)
		}
	}
	id, _ := syscalls.ArgID("flags")
	e.Evt.Arg[id], e.Evt.RawArg[id] = "O_RDWR", 2
	e.Proc.AName[2], e.Proc.APID[2] = "sshd", 7
	e.Proc.EnvBlk, e.Proc.TTY = "A=1\x00HOME=/x\x00HOMES=/y\x00BAD", 0
	e.Proc.ExeKnown = true
	for name, want := range map[string]any{
		"evt.arg.flags": "O_RDWR", "evt.rawarg.flags": 2, "proc.aname[2]": "sshd", "proc.apid[2]": 7, "proc.env[HOME]": "/x",
		"proc.tty": 0, "evt.is_open_read": false, "proc.is_exe_from_memfd": false,
	} {
		ref, err := event.ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := ref.Value(&e); !ok || v != want {
			t.Errorf("%s is %v, %t", name, v, ok)
		}
	}
	for _, name := range []string{"proc.aname[1]", "proc.apid[1]", "proc.env[BAD]", "proc.env[HOM]", "proc.aname", "proc.is_exe_upper_layer"} {
		ref, err := event.ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := ref.Value(&e); ok {
			t.Errorf("%s is %v", name, v)
		}
	}
}

func TestOpenIntent(t *testing.T) {
	for flags, want := range map[uint64][3]bool{
		0o0: {true, false, false}, 0o1: {false, true, false}, 0o2: {true, true, false}, 0o3: {true, true, false},
		0o1000: {true, true, false}, 0o2000: {true, true, false}, 0o101: {false, true, true},
		0o20200002: {true, true, true}, 0o10000001: {false, false, false}, 0o10001101: {false, false, false},
	} {
		read, write, create := event.OpenIntent(flags)
		if got := [3]bool{read, write, create}; got != want {
			t.Errorf("OpenIntent(%#o) = %v", flags, got)
		}
	}
}
