package main

import (
	"slices"
	"strings"
)

// explainedGroup are calls of one name that are intercepted for the same
// reasons on several ABIs.
type explainedGroup struct {
	explained

	abis   string
	causes []cause
}

// cause is a condition on the arguments, and who wants the call when it holds.
type cause struct {
	when    string // "" means always
	because []string
}

// groupExplained joins the ABIs of a call that mean the same, and sorts by name.
func groupExplained(all []explained) []explainedGroup {
	var groups []explainedGroup
	for _, e := range all {
		causes := causesOf(e.Why)
		i := slices.IndexFunc(groups, func(g explainedGroup) bool {
			return g.Name == e.Name && g.Errno == e.Errno && slices.Equal(g.RefusedWhen, e.RefusedWhen) && slices.EqualFunc(g.causes, causes, cause.equal)
		})
		if i >= 0 {
			groups[i].abis += ", " + e.ABI
			continue
		}
		groups = append(groups, explainedGroup{e, e.ABI, causes})
	}
	slices.SortStableFunc(groups, func(a, b explainedGroup) int { return strings.Compare(a.Name, b.Name) })
	return groups
}

// causesOf joins the reasons that have the same condition.
func causesOf(reasons []why) []cause {
	var causes []cause
	for _, r := range reasons {
		when := strings.Join(r.When, "\n      or ")
		if r.Always {
			when = ""
		}
		because := r.Note
		if r.Rule != "" {
			because = "rule: " + r.Rule
		}
		i := slices.IndexFunc(causes, func(c cause) bool { return c.when == when })
		if i < 0 {
			i = len(causes)
			causes = append(causes, cause{when: when})
		}
		causes[i].because = append(causes[i].because, because)
	}
	return causes
}

func (c cause) equal(d cause) bool { return c.when == d.when && slices.Equal(c.because, d.because) }
