package ruletest

import (
	"fmt"
	"maps"
	"slices"
)

// Problems compares what fired with what was to fire; none: the test passes.
func (t *Test) Problems(alerts []Alert) (problems []string) {
	for _, x := range t.Fires {
		problems = append(problems, x.problems(alerts)...)
	}
	told := make(map[string]bool)
	for _, a := range alerts {
		expected := slices.ContainsFunc(t.Fires, func(x Expectation) bool { return x.Rule == a.Rule })
		forbidden := slices.Contains(t.Silent, a.Rule) || !t.Others && !expected
		if forbidden && !told[a.Rule] {
			problems = append(problems, fmt.Sprintf("%q fired and must not", a.Rule))
			told[a.Rule] = true
		}
	}
	return problems
}

// problems are none when one alert is as expected, else those of the last one of
// the rule.
func (x Expectation) problems(alerts []Alert) (problems []string) {
	fired := false
	for _, a := range alerts {
		if a.Rule != x.Rule {
			continue
		}
		fired = true
		if problems = x.compare(a); len(problems) == 0 {
			return nil
		}
	}
	if !fired {
		return []string{fmt.Sprintf("%q did not fire", x.Rule)}
	}
	return problems
}

func (x Expectation) compare(a Alert) (problems []string) {
	if x.Action != "" && x.Action != a.Action {
		problems = append(problems, fmt.Sprintf("%q: the verdict is %s, not %s", x.Rule, a.Action, x.Action))
	}
	for _, name := range slices.Sorted(maps.Keys(x.Fields)) {
		want := x.Fields[name]
		got, told := a.Field(name)
		switch {
		case !told:
			problems = append(problems, fmt.Sprintf("%q: its alert does not tell %s; name it in the rule's output", x.Rule, name))
		case show(got) != show(want):
			problems = append(problems, fmt.Sprintf("%q: %s is %s, not %s", x.Rule, name, show(got), show(want)))
		}
	}
	return problems
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "missing"
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}
