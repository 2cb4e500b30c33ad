package rules

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// What the sets intercept is a promise about their cost: a change shows here.
func TestExplain(t *testing.T) {
	for _, set := range []string{"default", "reads", "incubating", "sandbox", "strict"} {
		s := load(t, Options{Sets: []string{set}})
		var b strings.Builder
		for _, i := range s.Explain(Monitor, []syscalls.ABI{syscalls.AMD64}) {
			fmt.Fprintf(&b, "%s%s\n", i.Entry.Name, conditions(i.Always, i.When))
			if i.Errno != 0 {
				fmt.Fprintf(&b, "    %s%s\n", unix.ErrnoName(i.Errno), conditions(i.RefusedWhen == nil, i.RefusedWhen))
			}
			for _, w := range i.Why {
				fmt.Fprintf(&b, "    because of %s%s%s\n", w.Rule, w.Note, conditions(w.Always, w.When))
			}
		}
		golden(t, "testdata/explain_"+set+".golden", b.String())
	}
}

func conditions(always bool, when []string) string {
	if always {
		return ": always"
	}
	return ": " + strings.Join(when, "; ")
}

// A call is opened up for the calls that would go round it.
func TestSiblings(t *testing.T) {
	s, err := loadText(ruleText("Open", `evt.type == "open" and evt.is_open_write`) +
		ruleText("Clone", `evt.type == "clone" and evt.arg.flags contains "CLONE_NEWUSER"`) +
		ruleText("Socket", `evt.type == "socket" and evt.arg.domain == "AF_PACKET"`))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]Intercept)
	for _, i := range s.Explain(Enforce, []syscalls.ABI{syscalls.I386}) {
		found[i.Entry.Name] = i
	}
	if i := found["openat2"]; !i.Always || i.Why[0].Rule != "" {
		t.Errorf("openat2: %+v", i)
	}
	if i := found["clone3"]; i.Errno != unix.ENOSYS || i.Always || i.RefusedWhen != nil {
		t.Errorf("clone3: %+v", i)
	}
	if i := found["socketcall"]; !i.Always || i.Why[0].Rule != "Socket" {
		t.Errorf("socketcall: %+v", i)
	}
	if _, ok := found["openat"]; ok {
		t.Error("openat is intercepted")
	}
}

// A rule on clone3 alone gets it.
func TestClone3Alone(t *testing.T) {
	s, err := loadText(ruleText("Clone3", `evt.type == "clone3" and hasFlag(evt.arg.flags, "CLONE_NEWUSER")`))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range s.Explain(Enforce, []syscalls.ABI{syscalls.AMD64}) {
		if i.Entry.Name == "clone3" && (!i.Always || i.Errno != 0) {
			t.Errorf("clone3: %+v", i)
		}
	}
}
