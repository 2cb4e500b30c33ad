package condition

import (
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/callgate/callgate/rules/event"
)

// quantifiers are the functions that may stand where a literal is expected.
var quantifiers = map[string]Quant{"anyOf": Any, "allOf": All, "oneOf": One}

// unquantified are the comparisons that take a list or an order anyway.
var unquantified = []string{"in", "intersects", "<", "<=", ">", ">="}

// quantifier reports whether a node is anyOf, allOf or oneOf of something.
func quantifier(n ast.Node) (Quant, *ast.CallNode, bool) {
	call, ok := n.(*ast.CallNode)
	if !ok {
		return Any, nil, false
	}
	callee, ok := call.Callee.(*ast.IdentifierNode)
	if !ok {
		return Any, nil, false
	}
	q, ok := quantifiers[callee.Value]
	return q, call, ok
}

// quantified completes FIELD OPERATOR anyOf(A, LIST), which is the comparison
// with each of the values by itself: for != too, so that != anyOf(A, B) holds of
// A and of B.
func (c *checker) quantified(t *Test, name string, q Quant, n *ast.CallNode) Expr {
	switch {
	case slices.Contains(unquantified, name):
		return c.fail(n, "%s takes no %s", name, n.Callee)
	case t.several():
		return c.fail(n, "%s has several values, and %s compares one; an index says which", t.Field, n.Callee)
	case t.Field.Type == event.Bool:
		return c.fail(n, "%s is a boolean; compare it with true or false", t.Field)
	case len(n.Arguments) == 0:
		return c.fail(n, `%s takes what to compare with: %s("A", "B") or a list's name`, n.Callee, n.Callee)
	}
	t.Quant = q
	if name == "!=" {
		t.Neg, t.Differs = false, true
	}
	good := true
	for _, arg := range n.Arguments {
		good = c.items(arg, t, false) && good
	}
	return c.finish(n, t, good)
}

// severalValues reports whether a comparison with the field means any of
// several values.
func severalValues(r event.Ref) bool {
	return r.Ends() != nil || r.Whole() && r.Field.Index == event.IntIndex
}
