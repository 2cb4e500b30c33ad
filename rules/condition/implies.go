package condition

import "slices"

// maxSteps bounds the search for a proof: what takes longer is not certain.
const maxSteps = 10000

// Implies reports whether y certainly holds wherever x does. It compares how the
// conditions are built, and false means only that this shows nothing.
func Implies(x, y Expr) bool {
	steps := maxSteps
	return implies(x, y, &steps)
}

func implies(x, y Expr, steps *int) bool {
	if *steps--; *steps < 0 {
		return false
	}
	from := func(x Expr) bool { return implies(x, y, steps) }
	to := func(y Expr) bool { return implies(x, y, steps) }
	notFrom := func(x Expr) bool { return !from(x) }
	notTo := func(y Expr) bool { return !to(y) }
	// What splits into parts that must all be shown comes first: nothing is
	// lost by it.
	if x, ok := x.(Or); ok {
		return !slices.ContainsFunc(x, notFrom)
	}
	if y, ok := y.(And); ok {
		return !slices.ContainsFunc(y, notTo)
	}
	if x, ok := x.(And); ok && slices.ContainsFunc(x, from) {
		return true
	}
	if y, ok := y.(Or); ok && slices.ContainsFunc(y, to) {
		return true
	}
	return impliesPlain(x, y, steps)
}

// impliesPlain is for what has no parts, or only a negated one.
func impliesPlain(x, y Expr, steps *int) bool {
	if x == Expr(Bool(false)) || y == Expr(Bool(true)) {
		return true
	}
	switch x := x.(type) {
	case Not:
		y, ok := y.(Not)
		return ok && implies(y.X, x.X, steps)
	case *Test:
		y, ok := y.(*Test)
		return ok && (x == y || x.implies(y))
	}
	return false
}

// implies compares two tests by what they were made of. Of those on what
// functions make it knows nothing.
func (t *Test) implies(u *Test) bool {
	switch {
	case t.left != nil || u.left != nil || t.Field != u.Field || t.Op != u.Op || t.Neg != u.Neg || t.Quant != u.Quant || t.Differs != u.Differs:
		return false
	case t.Other != nil || u.Other != nil:
		return t.Other != nil && u.Other != nil && *t.Other == *u.Other
	case t.Quant != Any:
		return slices.Equal(t.Strings, u.Strings) && slices.Equal(t.Numbers, u.Numbers)
	case t.Neg:
		t, u = u, t // what is none of many is none of a few
	}
	return subset(t.Strings, u.Strings) && subset(t.Numbers, u.Numbers)
}

// subset reports whether all of a is in b.
func subset[T comparable](a, b []T) bool {
	return !slices.ContainsFunc(a, func(v T) bool { return !slices.Contains(b, v) })
}
