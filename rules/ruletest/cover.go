package ruletest

import (
	"fmt"
	"slices"
	"strings"
)

// Gaps are the enabled rules that no test has seen firing, or silent on a call
// that they are about, each as "RULE: what is missing"; all is the number of
// enabled rules. A rule that matches whatever it is about can't be silent.
func Gaps(results []Result) (gaps []string, all int) {
	type seen struct{ fired, silent, matchesAll bool }
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
				s = &seen{matchesAll: rule.MatchesAll()}
				rules[rule.Name] = s
				names = append(names, rule.Name)
			}
			fired := slices.ContainsFunc(r.alerts, func(a Alert) bool { return a.Rule == rule.Name })
			s.fired = s.fired || fired
			s.silent = s.silent || !fired && r.Test.Event != nil && slices.Contains(rule.Calls(), r.Test.Event.Evt.Type)
		}
	}
	for _, name := range names {
		switch s := rules[name]; {
		case s.fired && (s.silent || s.matchesAll):
		case s.fired:
			gaps = append(gaps, name+": never silent on one of its calls")
		case s.silent:
			gaps = append(gaps, name+": never fired")
		default:
			gaps = append(gaps, name+": not tested")
		}
	}
	return gaps, len(names)
}

// Coverage tells the gaps.
func Coverage(results []Result) string {
	gaps, all := Gaps(results)
	var b strings.Builder
	fmt.Fprintf(&b, "coverage: %d of %d rules were seen firing and silent\n", all-len(gaps), all)
	for _, gap := range gaps {
		fmt.Fprintf(&b, "  %s\n", gap)
	}
	return b.String()
}
