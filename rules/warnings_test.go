package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callgate/callgate/seccomp/syscalls"
)

func TestWarnings(t *testing.T) {
	for _, tt := range []struct{ first, second, want string }{
		{`evt.type == "setns"`, `evt.type == "setns"`, `"First"`},
		{`evt.type == "setns"`, `evt.type == "setns" and proc.name == "a"`, `"First"`},
		{`evt.type in ["setns", "unshare"] and proc.name in ["a", "b"]`, `proc.name == "a" and evt.type == "setns"`, `"First"`},
		{`evt.type == "setns" and proc.name != "a"`, `evt.type == "setns" and not proc.name in ["a"]`, ""},
		{`evt.type == "setns" and proc.name != "a"`, `evt.type == "setns" and proc.name not in ["a", "b"]`, `"First"`},
		{`evt.type == "setns" and not proc.name == "a"`, `evt.type == "setns" and not proc.name in ["a", "b"]`, `"First"`},
		{`evt.type == "setns" and not proc.name in ["a", "b"]`, `evt.type == "setns" and not proc.name == "a"`, ""},
		{`evt.type == "setns" and (proc.name == "a" or user.uid == 0)`, `evt.type == "setns" and (user.uid == 0 or proc.name == "a")`, `"First"`},
		{`evt.type == "setns" and proc.name == "a"`, `evt.type == "setns"`, ""},
		{`evt.type == "setns"`, `evt.type in ["setns", "unshare"]`, ""},
		{`evt.type == "setns" and proc.name startsWith allOf("a", "ab")`, `evt.type == "setns" and proc.name startsWith allOf("a")`, ""},
		{`evt.type == "setns" and tolower(proc.name) == "a"`, `evt.type == "setns" and toupper(proc.name) == "a"`, ""},
		{`evt.type == "setns" and proc.aname[2] == "a"`, `evt.type == "setns" and proc.aname[3] == "a"`, ""},
	} {
		s, err := loadText(ruleText("First", tt.first) + ruleText("Second", tt.second))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Warnings([]syscalls.ABI{syscalls.AMD64}); len(got) != 0 {
			t.Errorf("%s, %s, all told: %v", tt.first, tt.second, got)
		}
		s.matching = First
		got := s.Warnings([]syscalls.ABI{syscalls.AMD64})
		if len(got) > 1 || (len(got) == 1) != (tt.want != "") || len(got) == 1 && (got[0].Line != 6 || !strings.Contains(got[0].Msg, tt.want)) {
			t.Errorf("%s, %s: %v", tt.first, tt.second, got)
		}
	}
}

// A milder rule hides none that does more, and is hidden by it wherever it stands.
func TestShadowOfStricter(t *testing.T) {
	log := ruleText("Log", `evt.type == "setns"`)
	deny := ruleText("Deny", `evt.type == "setns"`) + "  action: deny\n"
	for _, text := range []string{log + deny, deny + log} {
		s, err := loadText(text)
		if err != nil {
			t.Fatal(err)
		}
		s.matching = First
		if got := s.Warnings([]syscalls.ABI{syscalls.AMD64}); len(got) != 1 || !strings.HasPrefix(got[0].Msg, `rule "Log" is never told`) {
			t.Errorf("%v", got)
		}
	}
}

// What is said about the embedded rules is true and wanted.
func TestWarningsOfSets(t *testing.T) {
	var b strings.Builder
	for _, set := range []string{"default", "reads", "incubating", "sandbox", "strict"} {
		s := load(t, Options{Sets: []string{set}, Matching: First})
		fmt.Fprintf(&b, "%s:\n", set)
		for _, w := range s.Warnings([]syscalls.ABI{syscalls.AMD64}) {
			fmt.Fprintf(&b, "    %s\n", w.Msg)
		}
	}
	golden(t, "testdata/warnings.golden", b.String())
}

// The calls that the default rules have intercepted whole, each at the price of a
// notification, are few and known.
func TestDefaultInterceptedWhole(t *testing.T) {
	var b strings.Builder
	for _, abi := range []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64} {
		fmt.Fprintf(&b, "%s:\n", abi)
		for _, i := range load(t, Options{}).Explain(Monitor, []syscalls.ABI{abi}) {
			if i.Always {
				fmt.Fprintf(&b, "    %s\n", i.Entry.Name)
			}
		}
	}
	golden(t, "testdata/whole_default.golden", b.String())
}
