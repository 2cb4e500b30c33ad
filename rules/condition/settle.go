package condition

import (
	"slices"

	"github.com/callgate/callgate/rules/event"
)

// always are fields that every event has.
var always = []string{"evt.num", "evt.time", "evt.type", "proc.pid", "thread.tid", "container.id"}

// Settle decides the comparisons that come out alike for every event: those with
// no literal, because a list is empty, and questions after fields that are always
// there. Why tells of those that stand in the way of the condition.
func Settle(x Expr) (settled Expr, why []string) {
	settled = rewrite(x, true, func(t *Test, hopeful Bool) Expr {
		holds, reason := t.settle()
		if reason == "" {
			return t
		}
		if holds != hopeful && !slices.Contains(why, reason) {
			why = append(why, reason)
		}
		return holds
	})
	return settled, why
}

// settle decides a test; no reason when that takes an event.
func (t *Test) settle() (holds Bool, reason string) {
	literals := len(t.Strings) + len(t.Numbers)
	switch {
	case t.Op == IsTrue || t.Op == IsFalse || t.Other != nil:
	case t.Op == Present:
		if slices.Contains(always, t.Field.String()) {
			return true, t.Field.String() + " is always known"
		}
	case literals == 0 && (t.Field.Type == event.String || t.Field.Type == event.Int):
		if !t.Neg {
			return false, t.Field.String() + " is compared with an empty list"
		}
	case t.Field.String() == "evt.num" && t.Op == Equal && !t.Neg && !slices.ContainsFunc(t.Numbers, func(n int) bool { return n > 0 }):
		return false, "evt.num counts from 1"
	}
	return false, ""
}
