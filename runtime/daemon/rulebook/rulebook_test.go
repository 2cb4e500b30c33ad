package rulebook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/daemon/rulebook"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// native is the machine's own ABI.
var native = syscalls.Native()[0]

func decide(f *seccomp.Filter, call string, args ...uint64) seccomp.Action {
	nr, _ := syscalls.Number(native, call)
	var regs [6]uint64
	copy(regs[:], args)
	return f.Decide(native, nr, &regs)
}

func rule(name, condition string) string {
	return fmt.Sprintf("- rule: %s\n  desc: d\n  condition: %s\n  output: o\n  priority: notice\n", name, condition)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// book is a book on a rule file, which it returns too.
func book(t *testing.T) (*rulebook.Book, *config.Config, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	write(t, file, rule("Unshare", `evt.type == "unshare"`))
	node := config.Default()
	node.Rules = []string{file}
	node.RuleSets = map[string]config.RuleSet{"web": {Rules: []string{filepath.Join(filepath.Dir(file), "web.yaml")}}}
	b, err := rulebook.New(node)
	if err != nil {
		t.Fatal(err)
	}
	return b, node, file
}

// The node's selection holds after a reload too, and a selector that means no
// rule any more leaves the rules as they are.
func TestSelection(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	two := rule("Unshare", `evt.type == "unshare"`) + rule("Mount", `evt.type == "mount"`)
	write(t, file, two)
	node := config.Default()
	node.Rules = []string{file}
	node.Select = []rules.Selector{{Rule: "Mount"}}
	b, err := rulebook.New(node)
	if err != nil {
		t.Fatal(err)
	}
	count := b.Count()
	if err := b.Reload(); err != nil || b.Count() != count {
		t.Errorf("after a reload %d rules are on, before it %d: %v", b.Count(), count, err)
	}
	write(t, file, rule("Unshare", `evt.type == "unshare"`)+rule("Umount", `evt.type == "umount"`))
	if err := b.Reload(); err == nil || !strings.Contains(err.Error(), `no rule has the name "Mount"`) || b.Count() != count {
		t.Errorf("without the rule that is switched off: %v, %d rules", err, b.Count())
	}
	node.Priority = rules.AtLeast(rules.Warning)
	write(t, file, two)
	if err := b.Reload(); err != nil || b.Count() != count-1 {
		t.Errorf("above the priority of all of them: %v, %d rules, before it %d", err, b.Count(), count)
	}
}

func filter(t *testing.T, b *rulebook.Book, p control.Policy, reaches bool) *seccomp.Filter {
	t.Helper()
	f, err := b.Filter(p, reaches)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFilter(t *testing.T) {
	b, _, _ := book(t)
	monitor, enforce := control.Policy{Mode: control.Monitor}, control.Policy{Mode: control.Enforce}
	for _, c := range []struct {
		policy  control.Policy
		reaches bool
		call    string
		args    []uint64
		want    seccomp.Action
	}{
		{monitor, false, "unshare", nil, seccomp.Notify},
		{monitor, false, "setns", nil, seccomp.Allow},
		{monitor, false, "io_uring_setup", nil, seccomp.Notify},
		{enforce, false, "io_uring_setup", nil, seccomp.Errno(unix.ENOSYS)},
		{enforce, false, "seccomp", []uint64{unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER}, seccomp.Errno(unix.EBUSY)},
		{monitor, false, "kill", []uint64{1, uint64(unix.SIGKILL)}, seccomp.Allow},
		{monitor, true, "kill", []uint64{1, uint64(unix.SIGKILL)}, seccomp.Notify},
		{control.Policy{Mode: control.Monitor, Rules: []string{"strict"}}, false, "unshare", nil, seccomp.Notify},
	} {
		if got := decide(filter(t, b, c.policy, c.reaches), c.call, c.args...); got != c.want {
			t.Errorf("%s in mode %s: %v, want %v", c.call, c.policy.Mode, got, c.want)
		}
	}
	if _, err := b.Filter(control.Policy{Mode: control.Monitor, Rules: []string{"none"}}, false); err == nil {
		t.Error("a filter of rules that do not exist")
	}
}

// Whoever switches the rule on io_uring off wants it to be used.
func TestRingIsTheRulesToRefuse(t *testing.T) {
	_, node, file := book(t)
	write(t, file, "- rule: io_uring Set Up\n  enabled: false\n")
	b, err := rulebook.New(node)
	if err != nil {
		t.Fatal(err)
	}
	if got := decide(filter(t, b, control.Policy{Mode: control.Enforce}, false), "io_uring_setup"); got != seccomp.Allow {
		t.Errorf("io_uring_setup: %v", got)
	}
}

func TestPoliciesAreShared(t *testing.T) {
	b, _, _ := book(t)
	one, err := b.Policy(control.Policy{Mode: control.Monitor})
	if err != nil {
		t.Fatal(err)
	}
	same, _ := b.Policy(control.Policy{Mode: control.Monitor, OnSupervisorLoss: control.Kill})
	other, _ := b.Policy(control.Policy{Mode: control.Enforce})
	strict, _ := b.Policy(control.Policy{Mode: control.Monitor, Rules: []string{"strict"}})
	if one != same || one == other || one == strict || strict == nil {
		t.Errorf("policies %p %p %p %p", one, same, other, strict)
	}
	if err := b.Reload(); err != nil {
		t.Fatal(err)
	}
	if again, _ := b.Policy(control.Policy{Mode: control.Monitor}); again == one {
		t.Error("the same policy after a reload")
	}
}

func TestReload(t *testing.T) {
	b, _, file := book(t)
	before := filter(t, b, control.Policy{Mode: control.Monitor}, false)
	write(t, file, rule("Broken", `evt.type == "unshare" and`))
	var mistakes rules.Mistakes
	if err := b.Reload(); !errors.As(err, &mistakes) {
		t.Errorf("reload of broken rules: %v", err)
	}
	if d := cmp.Diff(before, filter(t, b, control.Policy{Mode: control.Monitor}, false)); d != "" {
		t.Errorf("broken rules changed the filter:\n%s", d)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := b.Reload(); err == nil {
		t.Error("reload of rules that are gone")
	}
	write(t, file, rule("Setns", `evt.type == "setns"`))
	if err := b.Reload(); err != nil {
		t.Fatal(err)
	}
	if f := filter(t, b, control.Policy{Mode: control.Monitor}, false); decide(f, "setns") != seccomp.Notify || decide(f, "unshare") != seccomp.Allow {
		t.Error("the new rules are not in the filter")
	}
}

func TestLoadAll(t *testing.T) {
	b, node, _ := book(t)
	if err := b.LoadAll(); err == nil || !strings.Contains(err.Error(), "web.yaml") {
		t.Errorf("a rule set without its file: %v", err)
	}
	write(t, node.RuleSets["web"].Rules[0], rule("Web", `evt.type == "setns"`))
	if err := b.LoadAll(); err != nil {
		t.Error(err)
	}
	if n := b.Count(); n != 2 { // and io_uring's
		t.Errorf("%d rules", n)
	}
	if got := b.Paths(); len(got) != 2 {
		t.Errorf("paths %q", got)
	}
}

func TestUnseen(t *testing.T) {
	key := func(call string) seccomp.Key {
		nr, _ := syscalls.Number(native, call)
		return seccomp.Key{ABI: native, NR: nr}
	}
	bit := func(mask, value uint64) seccomp.Cube { return seccomp.Cube{{Arg: 0, Mask: mask, Value: value}} }
	notify := func(cubes ...seccomp.Cube) (list []seccomp.Rule) {
		for _, c := range cubes {
			list = append(list, seccomp.Rule{Cube: c, Action: seccomp.Notify})
		}
		return list
	}
	for name, c := range map[string]struct {
		wanted, installed []seccomp.Rule
		seen              bool
	}{
		"the same":      {notify(bit(1, 1)), notify(bit(1, 1)), true},
		"all":           {notify(bit(1, 1)), notify(nil), true},
		"narrower":      {notify(nil), notify(bit(1, 1)), false},
		"in two parts":  {notify(nil), notify(bit(1, 1), bit(1, 0)), true},
		"with a hole":   {notify(nil), notify(bit(3, 1), bit(1, 0)), false},
		"nothing":       {notify(bit(1, 1)), nil, false},
		"refused":       {notify(nil), []seccomp.Rule{{Action: seccomp.Errno(unix.ENOSYS)}}, true},
		"allowed first": {notify(nil), append([]seccomp.Rule{{Cube: bit(1, 1), Action: seccomp.Allow}}, notify(nil)...), false},
		"allowed aside": {notify(bit(1, 0)), append([]seccomp.Rule{{Cube: bit(1, 1), Action: seccomp.Allow}}, notify(nil)...), true},
	} {
		wanted := &seccomp.Filter{Calls: map[seccomp.Key][]seccomp.Rule{key("execve"): c.wanted}}
		installed := &seccomp.Filter{Calls: map[seccomp.Key][]seccomp.Rule{key("execve"): c.installed}}
		if got := rulebook.Unseen(wanted, installed); (len(got) == 0) != c.seen || !c.seen && !slices.Equal(got, []string{"execve"}) {
			t.Errorf("%s: unseen %q", name, got)
		}
		whole := &seccomp.Filter{Calls: map[seccomp.Key][]seccomp.Rule{key("execve"): notify(nil)}}
		if rulebook.SeesExecs(installed) != (len(rulebook.Unseen(whole, installed)) == 0) {
			t.Errorf("%s: SeesExecs and Unseen differ", name)
		}
	}
}

func TestFilters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filters")
	s, err := rulebook.OpenFilters(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, _, _ := book(t)
	f := filter(t, b, control.Policy{Mode: control.Enforce}, true)
	name, err := s.Keep(f)
	again, err2 := s.Keep(f)
	if err != nil || err2 != nil || name != again {
		t.Fatalf("%q %v, %q %v", name, err, again, err2)
	}
	got, err := s.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(f)
	have, _ := json.Marshal(got)
	if d := cmp.Diff(string(want), string(have)); d != "" {
		t.Errorf("kept, found:\n%s", d)
	}
	for _, bad := range []string{"", "../../etc/passwd", strings.Repeat("0", 32), strings.ToUpper(name) + "/"} {
		if _, err := s.Find(bad); err == nil {
			t.Errorf("found %q", bad)
		}
	}
	// There is an end to how many are kept.
	for i := range 300 {
		other := &seccomp.Filter{}
		other.Add(seccomp.Key{ABI: native, NR: 59}, seccomp.Cube{{Arg: 0, Mask: ^uint64(0), Value: uint64(i)}}, seccomp.Notify)
		if _, err := s.Keep(other); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 256 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}
