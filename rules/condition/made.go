package condition

import (
	"slices"

	"github.com/callgate/callgate/rules/event"
)

// compileMade compares what functions make of fields.
func (t *Test) compileMade() Program {
	left, right := t.left, t.right
	switch {
	case right != nil && left.number != nil:
		return func(e *event.Event) bool {
			s := e.Work()
			a, ok := left.number(e, s)
			if !ok {
				return false
			}
			b, ok := right.number(e, s)
			return ok && t.pairs(a, b) != t.Neg
		}
	case right != nil:
		return func(e *event.Event) bool {
			s := e.Work()
			a, ok := left.text(e, s)
			if !ok {
				return false
			}
			b, ok := right.text(e, s)
			return ok && t.texts(a, b) != t.Neg
		}
	case left.number != nil:
		return func(e *event.Event) bool {
			n, ok := left.number(e, e.Work())
			return ok && t.number(n) != t.Neg
		}
	case left.texts != nil:
		return func(e *event.Event) bool {
			all, ok := left.texts(e, e.Work())
			return ok && t.fitsList(all) != t.Neg
		}
	}
	return func(e *event.Event) bool {
		text, ok := left.text(e, e.Work())
		return ok && t.text(text) != t.Neg
	}
}

// fitsList judges several values that are there.
func (t *Test) fitsList(all []string) bool {
	if t.every {
		return !slices.ContainsFunc(all, func(s string) bool { return !t.text(s) })
	}
	return slices.ContainsFunc(all, t.text)
}
