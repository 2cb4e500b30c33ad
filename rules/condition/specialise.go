package condition

import "github.com/callgate/callgate/rules/event"

// ForCall is the condition for calls of one evt.type: tests of evt.type are
// decided, and what they decide is simplified away.
func ForCall(x Expr, evtType string) Expr {
	switch x := x.(type) {
	case And:
		return simplify(x, evtType, Bool(false), func(xs []Expr) Expr { return And(xs) })
	case Or:
		return simplify(x, evtType, Bool(true), func(xs []Expr) Expr { return Or(xs) })
	case Not:
		inner := ForCall(x.X, evtType)
		if b, ok := inner.(Bool); ok {
			return !b
		}
		return Not{inner}
	case *Test:
		if x.Field.Name == "evt.type" && x.Other == nil {
			return Bool(x.HoldsText(evtType))
		}
	}
	return x
}

// simplify builds And or Or of the operands; decides is the value of one
// operand that decides the whole.
func simplify(xs []Expr, evtType string, decides Bool, build func([]Expr) Expr) Expr {
	var rest []Expr
	for _, x := range xs {
		x = ForCall(x, evtType)
		switch b, ok := x.(Bool); {
		case !ok:
			rest = append(rest, x)
		case b == decides:
			return decides
		}
	}
	switch len(rest) {
	case 0:
		return !decides
	case 1:
		return rest[0]
	}
	return build(rest)
}

// Fields calls f for each field that the condition reads.
func Fields(x Expr, f func(event.Ref)) {
	switch x := x.(type) {
	case And:
		for _, y := range x {
			Fields(y, f)
		}
	case Or:
		for _, y := range x {
			Fields(y, f)
		}
	case Not:
		Fields(x.X, f)
	case *Test:
		f(x.Field)
		if x.Other != nil {
			f(*x.Other)
		}
	}
}

// Needs are the sources that the condition's fields are read from.
func Needs(x Expr) event.Need {
	var n event.Need
	Fields(x, func(r event.Ref) { n |= r.Need })
	return n
}
