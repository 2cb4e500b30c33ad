package rules

import "slices"

// Enforces reports whether an enabled rule denies or kills on calls of this
// evt.type, so that in mode enforce a call which can't be judged must not be
// let through.
func (s *Set) Enforces(evtType string) bool {
	return slices.ContainsFunc(s.rules, func(r *Rule) bool { return r.Action != Log && r.calls[evtType] != nil })
}
