package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// file writes a rule file.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, o Options) *Set {
	t.Helper()
	s, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func rule(t *testing.T, s *Set, name string) *Rule {
	t.Helper()
	r, err := s.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// enabledSets are the sets of which rules take part.
func enabledSets(s *Set) []string {
	var names []string
	for _, r := range s.Rules() {
		if r.Enabled && !slices.Contains(names, r.SetName) {
			names = append(names, r.SetName)
		}
	}
	slices.Sort(names)
	return names
}

// Which rules are loaded: DESIGN's sentence, case by case.
func TestSets(t *testing.T) {
	mine := file(t, ruleText("Mine", `evt.type == "bind" and container`))
	for _, tt := range []struct {
		name  string
		o     Options
		on    string
		rules string // listed, enabled or not
	}{
		{"nothing", Options{}, "core default", "Deny namespace change"},
		{"builtin", Options{Paths: []string{Builtin}}, "core default", "Read sensitive file untrusted"},
		{"a set", Options{Sets: []string{"reads"}}, "core default reads", "Deny namespace change"},
		{"all sets", Options{Sets: []string{"reads", "strict", "default"}}, "core default reads strict", "Mine?"},
		{"a path", Options{Paths: []string{mine}}, " core", "Mine"},
		{"a path and builtin", Options{Paths: []string{mine, Builtin}}, " core default", "Mine"},
		{"a path and a set", Options{Paths: []string{mine}, Sets: []string{"strict"}}, " core strict", "Mine"},
	} {
		s := load(t, tt.o)
		if got := strings.Join(enabledSets(s), " "); got != tt.on {
			t.Errorf("%s: enabled are %q, not %q", tt.name, got, tt.on)
		}
		if _, err := s.Lookup(tt.rules); err != nil && tt.rules != "Mine?" {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := Load(Options{Sets: []string{"nosuch"}}); err == nil || !strings.Contains(err.Error(), "core, default, reads, incubating, sandbox, strict") {
		t.Errorf("a set that does not exist: %v", err)
	}
}

func TestOverride(t *testing.T) {
	first := file(t, `
- list: names
  items: [a, b]
- macro: named
  condition: proc.name in names
- rule: R
  desc: first
  condition: evt.type == "connect" and named
  output: one
  priority: INFO
  tags: [x]
- rule: S
  condition: evt.type == "connect"
  output: s
  priority: Debug
`)
	second := file(t, `
- list: names
  items: [c, names2]
  override: {items: append}
- list: names2
  items: [d]
- macro: named
  condition: or proc.name == "e"
  append: true
- rule: R
  desc: second
  condition: or evt.type == "bind"
  output: two %proc.name
  priority: warning
  tags: [y]
  action: deny
  errno: EACCES
  override: {condition: append, desc: replace, output: append, priority: replace, tags: append, action: replace, errno: replace}
- rule: S
  enabled: false
`)
	s := load(t, Options{Paths: []string{first, second}})
	r := rule(t, s, "R")
	if r.Desc != "second" || r.Output.Source() != "one two %proc.name" || r.Priority != Warning || r.Action != Deny ||
		r.Errno != unix.EACCES || !slices.Equal(r.Tags, []string{"x", "y"}) || r.Source.File != first {
		t.Errorf("R is %+v", r)
	}
	if rule(t, s, "S").Enabled {
		t.Error("S is enabled")
	}
	for _, tt := range []struct {
		typ, name string
		want      bool
	}{
		{"connect", "a", true}, {"connect", "c", true}, {"connect", "d", true}, {"connect", "e", true}, {"connect", "x", false},
		{"bind", "x", true}, {"listen", "a", false},
	} {
		v := s.NewEvaluator()
		v.Event().Evt.Type, v.Event().Proc.Name = tt.typ, tt.name
		if got := len(v.Match(nil)) > 0; got != tt.want {
			t.Errorf("%s by %s: %t", tt.typ, tt.name, got)
		}
	}
	// A definition of the same name replaces, in its place.
	third := file(t, ruleText("R", `evt.type == "listen"`))
	s = load(t, Options{Paths: []string{first, third}})
	if r := s.Rules()[1]; r.Name != "R" || r.Source.File != third || r.Desc != "" || r.Priority != Notice {
		t.Errorf("the second rule is %+v", r)
	}
}

// Macros of the embedded rules are there for the user's, and can be changed by
// them for the embedded ones.
func TestOverrideEmbedded(t *testing.T) {
	mine := file(t, `
- list: k8s_api_servers
  items: [127.0.0.1]
  override: {items: append}
- list: k8s_api_ports
  items: [8001]
- rule: io_uring Set Up
  enabled: false
- rule: Deny namespace change
  enabled: true
`)
	s := load(t, Options{Paths: []string{Builtin, mine}})
	v := s.NewEvaluator()
	e := v.Event()
	e.Evt.Type, e.Container.ID, e.FD.SIP, e.FD.SPort = "connect", "c", "127.0.0.1", 8001
	if got := v.Match(nil); len(got) != 1 || got[0].Name != "Contact K8S API Server From Container" {
		t.Errorf("matched %v", got)
	}
	e.Evt.Type = "io_uring_setup"
	if got := v.Match(nil); len(got) != 0 {
		t.Errorf("matched %v", got)
	}
	if r := rule(t, s, "Deny namespace change"); !r.Enabled || r.SetName != "strict" {
		t.Errorf("%+v", r)
	}
}

// A list can be extended by who loads the rules, also one that a file replaced.
func TestExtend(t *testing.T) {
	mine := file(t, "- list: k8s_api_servers\n  items: [192.0.2.1]\n")
	o := Options{Paths: []string{Builtin, mine}, Extend: map[string][]string{"k8s_api_servers": {"2001:db8::1", "k8s_api_ports"}}}
	v := load(t, o).NewEvaluator()
	for address, want := range map[string]int{"192.0.2.1": 1, "2001:db8::1": 1, "10.96.0.1": 0} {
		e := v.Event()
		e.Reset()
		e.Evt.Type, e.Container.ID, e.FD.SIP, e.FD.SPort = "connect", "c", address, 443
		if got := v.Match(nil); len(got) != want {
			t.Errorf("%s: matched %v", address, got)
		}
	}
	o.Extend = map[string][]string{"nosuch": {"x"}}
	if _, err := Load(o); err == nil || !strings.Contains(err.Error(), `no list "nosuch"`) {
		t.Errorf("a list that does not exist: %v", err)
	}
}

// Aliases and spellings.
func TestWords(t *testing.T) {
	for text, want := range map[string]Priority{"info": Informational, "INFORMATIONAL": Informational, "Emergency": Emergency, "debug": Debug} {
		if got, ok := ParsePriority(text); !ok || got != want {
			t.Errorf("ParsePriority(%q) = %v, %t", text, got, ok)
		}
	}
	for text, want := range map[string]unix.Errno{"EPERM": unix.EPERM, "ENOSYS": unix.ENOSYS, "EWOULDBLOCK": unix.EAGAIN, "ENOTSUP": unix.EOPNOTSUPP, "EHWPOISON": unix.EHWPOISON} {
		if got, ok := parseErrno(text); !ok || got != want {
			t.Errorf("parseErrno(%q) = %v, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "eperm", "1", "ERESTARTSYS", "EPERM "} {
		if got, ok := parseErrno(text); ok {
			t.Errorf("parseErrno(%q) = %v", text, got)
		}
	}
}
