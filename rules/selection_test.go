package rules

import (
	"slices"
	"strings"
	"testing"
)

const selectable = `
- rule: Write etc
  condition: evt.type == "openat"
  output: x
  priority: warning
  tags: [filesystem, T1000]
- rule: Write log
  condition: evt.type == "openat"
  output: x
  priority: notice
  tags: [filesystem]
- rule: Connect
  condition: evt.type == "connect"
  output: x
  priority: critical
  tags: [network]
- rule: Off
  condition: evt.type == "bind"
  output: x
  priority: debug
  enabled: false
`

func TestSelect(t *testing.T) {
	mine := file(t, selectable)
	for _, tt := range []struct {
		selectors string // + enables, - disables
		threshold Threshold
		on        string // besides the set core
	}{
		{"", 0, "Write etc|Write log|Connect"},
		{"-Connect", 0, "Write etc|Write log"},
		{"-Write*", 0, "Connect"},
		{"-*|+tag:network", 0, "Connect"},
		{"+tag:network|-*", 0, ""},
		{"-tag:filesystem|+Write log", 0, "Write log|Connect"},
		{"-tag:T1*", 0, "Write log|Connect"},
		{"+Off", 0, "Write etc|Write log|Connect|Off"},
		{"+O[xy]f", 0, ""},
		{"", AtLeast(Notice), "Write etc|Write log|Connect"},
		{"", AtLeast(Warning), "Write etc|Connect"},
		{"", AtLeast(Emergency), ""},
		{"+Off", AtLeast(Debug), "Write etc|Write log|Connect|Off"},
		{"+Off|-Connect", AtLeast(Warning), "Write etc"},
	} {
		var selectors []Selector
		for _, text := range strings.Split(tt.selectors, "|") {
			if text == "" {
				continue
			}
			s, err := ParseSelector(text[1:], text[0] == '+')
			if err != nil {
				t.Fatal(err)
			}
			selectors = append(selectors, s)
		}
		s, err := Load(Options{Paths: []string{mine}, Select: selectors, Threshold: tt.threshold})
		if tt.selectors == "+O[xy]f" {
			if err == nil || !strings.Contains(err.Error(), `enable O[xy]f: no rule has the name "O[xy]f"`) {
				t.Errorf("a pattern that fits nothing: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var on []string
		for _, r := range s.Rules() {
			if r.Enabled && r.SetName != coreSet {
				on = append(on, r.Name)
			}
			if r.Enabled == (r.Calls() == nil) {
				t.Errorf("%s %s: %s is enabled: %t, with calls %v", tt.selectors, tt.threshold, r.Name, r.Enabled, r.Calls())
			}
			if r.SetName == coreSet && !r.Enabled {
				t.Errorf("%s %s: %s of core is off", tt.selectors, tt.threshold, r.Name)
			}
		}
		if got := strings.Join(on, "|"); got != tt.on {
			t.Errorf("%s %s: on are %q, want %q", tt.selectors, tt.threshold, got, tt.on)
		}
	}
}

// A rule of core is switched off by its full name alone.
func TestSelectCore(t *testing.T) {
	s := load(t, Options{Select: []Selector{{Rule: "*"}, {Rule: "io_uring Set Up"}, {Enable: true, Rule: "Deny namespace change"}}})
	var on []string
	for _, r := range s.Rules() {
		if r.Enabled {
			on = append(on, r.Name)
		}
	}
	if !slices.Equal(on, []string{"Deny namespace change"}) {
		t.Errorf("on are %q", on)
	}
}

func TestSelectMistakes(t *testing.T) {
	mine := file(t, selectable)
	for _, tt := range []struct {
		s    Selector
		want string
	}{
		{Selector{Rule: "Conect"}, `select rules: disable Conect: no rule has the name "Conect"; did you mean "Connect"?`},
		{Selector{Enable: true, Tag: "netwrk"}, `select rules: enable tag:netwrk: no rule has the tag "netwrk"; did you mean "network"?`},
		{Selector{Rule: "nothing like it"}, `select rules: disable nothing like it: no rule has the name "nothing like it"`},
	} {
		_, err := Load(Options{Paths: []string{mine}, Select: []Selector{tt.s}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%v: %v", tt.s, err)
		}
	}
	for _, text := range []string{"", "tag:", "a[", `tag:x\`} {
		if s, err := ParseSelector(text, true); err == nil {
			t.Errorf("ParseSelector(%q) = %v", text, s)
		}
	}
	// Mistakes in the files come first.
	if _, err := Load(Options{Paths: []string{file(t, "- rule: A\n  condition: x\n")}, Select: []Selector{{Rule: "B"}}}); err == nil || strings.Contains(err.Error(), "select rules") {
		t.Errorf("%v", err)
	}
}

// Of the rules that match, the first of those that do most is told.
func TestMatching(t *testing.T) {
	text := ruleText("Log 1", `evt.type == "connect"`) +
		ruleText("Deny 1", `evt.type == "connect" and fd.sport in [1, 2]`) + "  action: deny\n" +
		ruleText("Log 2", `evt.type == "connect"`) +
		ruleText("Kill", `evt.type == "connect" and fd.sport == 2`) + "  action: kill\n" +
		ruleText("Deny 2", `evt.type == "connect" and fd.sport in [1, 2, 3]`) + "  action: deny\n"
	text = strings.ReplaceAll(text, "  condition: >\n    ", "  condition: ")
	path := file(t, text)
	for port, want := range map[int]map[Matching]string{
		0: {All: "Log 1|Log 2", First: "Log 1"},
		1: {All: "Log 1|Deny 1|Log 2|Deny 2", First: "Deny 1"},
		2: {All: "Log 1|Deny 1|Log 2|Kill|Deny 2", First: "Kill"},
		3: {All: "Log 1|Log 2|Deny 2", First: "Deny 2"},
	} {
		for matching, want := range want {
			s := load(t, Options{Paths: []string{path}, Matching: matching})
			v := s.NewEvaluator()
			v.Event().Evt.Type, v.Event().FD.SPort = "connect", port
			var names []string
			for _, r := range v.Match(nil) {
				names = append(names, r.Name)
			}
			if got := strings.Join(names, "|"); got != want {
				t.Errorf("port %d, %s: %q, want %q", port, matching, got, want)
			}
		}
	}
}
