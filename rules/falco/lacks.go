package falco

import "slices"

// Lacks tell what rules need that callgate does not have: fields, and calls that
// it does not intercept.
type Lacks struct {
	own  map[string][]string // by the title of a rule or macro
	uses map[string][]string // macros, likewise
}

func (l *Lacks) add(it *item, r *rewriter) {
	title := it.title()
	l.own[title] = append(l.own[title], r.lacks...)
	l.uses[title] = append(l.uses[title], r.uses...)
}

// Of lists what a rule lacks, itself or through its macros.
func (l *Lacks) Of(rule string) []string {
	seen := make(map[string]bool)
	var all []string
	var visit func(title string)
	visit = func(title string) {
		if seen[title] {
			return
		}
		seen[title] = true
		for _, lack := range l.own[title] {
			if !slices.Contains(all, lack) {
				all = append(all, lack)
			}
		}
		for _, macro := range l.uses[title] {
			visit("macro " + macro)
		}
	}
	visit("rule " + rule)
	return all
}
