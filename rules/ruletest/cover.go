package ruletest

import (
	"fmt"
	"slices"
	"strings"
)

// Coverage tells of the enabled rules that no test has seen firing, or silent on
// a call that they are about.
func Coverage(results []Result) string {
	type seen struct{ fired, silent bool }
	var names []string
	rules := make(map[string]*seen)
	for i := range results {
		r := &results[i]
		for _, rule := range r.set.Rules() {
			if !rule.Enabled {
				continue
			}
			s := rules[rule.Name]
			if s == nil {
				s = new(seen)
				rules[rule.Name] = s
				names = append(names, rule.Name)
			}
			fired := slices.ContainsFunc(r.alerts, func(a Alert) bool { return a.Rule == rule.Name })
			s.fired = s.fired || fired
			s.silent = s.silent || !fired && r.Test.Event != nil && slices.Contains(rule.Calls(), r.Test.Event.Evt.Type)
		}
	}
	var b strings.Builder
	full := 0
	for _, name := range names {
		switch s := rules[name]; {
		case s.fired && s.silent:
			full++
		case s.fired:
			fmt.Fprintf(&b, "  %s: never silent on one of its calls\n", name)
		case s.silent:
			fmt.Fprintf(&b, "  %s: never fired\n", name)
		default:
			fmt.Fprintf(&b, "  %s: not tested\n", name)
		}
	}
	return fmt.Sprintf("coverage: %d of %d rules were seen firing and silent\n%s", full, len(names), b.String())
}
