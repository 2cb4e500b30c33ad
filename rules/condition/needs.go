package condition

import "github.com/callgate/callgate/rules/event"

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
		x.fields(f)
	}
}

func (t *Test) fields(f func(event.Ref)) {
	if t.left == nil {
		f(t.Field)
		if t.Other != nil {
			f(*t.Other)
		}
		return
	}
	for _, r := range t.left.refs {
		f(r)
	}
	if t.right != nil {
		for _, r := range t.right.refs {
			f(r)
		}
	}
}

// Needs are the sources that the condition's fields are read from.
func Needs(x Expr) event.Need {
	var n event.Need
	Fields(x, func(r event.Ref) { n |= r.Need })
	return n
}
