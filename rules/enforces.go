package rules

import (
	"slices"

	"github.com/callgate/callgate/rules/event"
)

// Enforces reports whether an enabled rule denies or kills on calls of this
// evt.type, so that in mode enforce a call which can't be judged must not be
// let through.
func (s *Set) Enforces(evtType string) bool {
	return slices.ContainsFunc(s.rules, func(r *Rule) bool { return r.Action != Log && r.calls[evtType] != nil })
}

// lists are the sources of which only so much is read: the argument vectors.
const lists = event.NeedArgs | event.NeedCmdline | event.NeedEnv

// ListNeeds are the sources that NeedsLists must have been given.
func (s *Set) ListNeeds(evtType string) (needs event.Need) {
	for _, r := range s.rules {
		if c := r.calls[evtType]; c.enforcesLists() {
			needs |= c.needs &^ lists
		}
	}
	return needs
}

// NeedsLists reports whether a rule that denies or kills can't be decided on the
// event without its arguments and its environment. Where these were cut short,
// such a rule is not decided at all.
func (v *Evaluator) NeedsLists() bool {
	calls := v.index()
	return calls != nil && slices.ContainsFunc(calls.rules, func(c *callRule) bool {
		return c.enforcesLists() && (c.listless == nil || c.listless(&v.ev))
	})
}

func (c *callRule) enforcesLists() bool {
	return c != nil && c.rule.Action != Log && c.needs&lists != 0
}
