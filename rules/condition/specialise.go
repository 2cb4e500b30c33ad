package condition

import "github.com/callgate/callgate/rules/event"

// ForCall is the condition for calls of one evt.type: tests of evt.type are
// decided, and what they decide is simplified away.
func ForCall(x Expr, evtType string) Expr {
	return rewrite(x, true, func(t *Test, _ Bool) Expr {
		switch {
		case t.left != nil && t.ofTypeAlone():
			e := new(event.Event)
			e.Evt.Type = evtType
			return Bool(t.compileMade()(e))
		case t.left == nil && t.Field.Name == "evt.type" && t.Other == nil:
			return Bool(t.HoldsText(evtType))
		}
		return t
	})
}

// ofTypeAlone reports whether the test reads evt.type and nothing else.
func (t *Test) ofTypeAlone() bool {
	alone := true
	t.fields(func(r event.Ref) { alone = alone && r.Name == "evt.type" })
	return alone
}

// Relax is the condition as far as the given sources decide it: it holds
// wherever the condition can still come to hold, whatever the other sources
// say, and reads nothing of those.
func Relax(x Expr, have event.Need) Expr {
	return rewrite(x, true, func(t *Test, hopeful Bool) Expr {
		if Needs(t)&^have != 0 {
			return hopeful
		}
		return t
	})
}

// rewrite replaces tests and simplifies. The test is told which value would let
// the whole condition hold: true, and false below a negation.
func rewrite(x Expr, hopeful Bool, test func(t *Test, hopeful Bool) Expr) Expr {
	switch x := x.(type) {
	case And:
		rest, decided := rewriteAll(x, false, hopeful, test)
		return pack(rest, decided, false, func(xs []Expr) Expr { return And(xs) })
	case Or:
		rest, decided := rewriteAll(x, true, hopeful, test)
		return pack(rest, decided, true, func(xs []Expr) Expr { return Or(xs) })
	case Not:
		inner := rewrite(x.X, !hopeful, test)
		if b, ok := inner.(Bool); ok {
			return !b
		}
		return Not{inner}
	case *Test:
		return test(x, hopeful)
	}
	return x
}

// rewriteAll rewrites operands; one whose value is decides decides them all.
func rewriteAll(xs []Expr, decides, hopeful Bool, test func(*Test, Bool) Expr) (rest []Expr, decided bool) {
	for _, x := range xs {
		x = rewrite(x, hopeful, test)
		switch b, ok := x.(Bool); {
		case !ok:
			rest = append(rest, x)
		case b == decides:
			return nil, true
		}
	}
	return rest, false
}

func pack(rest []Expr, decided bool, decides Bool, build func([]Expr) Expr) Expr {
	switch {
	case decided:
		return decides
	case len(rest) == 0:
		return !decides
	case len(rest) == 1:
		return rest[0]
	}
	return build(rest)
}
