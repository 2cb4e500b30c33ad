package condition

import (
	"fmt"

	"github.com/expr-lang/expr/ast"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/suggest"
)

// checker turns expr's syntax tree into an Expr. It goes on after a mistake, so
// that all of them are reported; a node with a mistake becomes false.
type checker struct {
	scope  Scope
	errs   Errors
	broken bool // by what a macro or list has reported itself
}

// fail reports a mistake at a node; a field's node is where its name begins.
func (c *checker) fail(n ast.Node, format string, args ...any) Expr {
	c.errs = append(c.errs, &Error{first(n).Location().From, fmt.Sprintf(format, args...)})
	return Bool(false)
}

// expr checks a node that stands where a condition is expected.
func (c *checker) expr(n ast.Node) Expr {
	switch n := n.(type) {
	case *ast.BoolNode:
		return Bool(n.Value)
	case *ast.IdentifierNode:
		return c.macro(n)
	case *ast.UnaryNode:
		return c.not(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.MemberNode:
		f, ok := c.field(n)
		if ok && f.Type != event.Bool {
			return c.fail(n, "%s is a %s, not a condition; compare it, or ask has(%s)", f, f.Type, f)
		}
		return &Test{Field: f.Ref, Op: IsTrue}
	case *ast.BuiltinNode:
		return c.fail(n, "function %s is not allowed in a condition", n.Name)
	}
	return c.fail(n, "%s is not a condition", describe(n))
}

func (c *checker) macro(n *ast.IdentifierNode) Expr {
	x, err := c.scope.Macro(n.Value)
	switch {
	case err == nil:
		return x
	case err == ErrBroken: //nolint:errorlint // a Scope returns it bare
		c.broken = true
		return Bool(false)
	case err != ErrUndefined: //nolint:errorlint // likewise
		return c.fail(n, "%v", err)
	}
	if _, err := c.scope.List(n.Value); err != ErrUndefined { //nolint:errorlint // likewise
		return c.fail(n, "%s is a list, not a condition; write FIELD in %s", n.Value, n.Value)
	}
	return c.fail(n, "undefined macro %s%s", n.Value, suggest.Hint(n.Value, c.scope.MacroNames()))
}

func (c *checker) not(n *ast.UnaryNode) Expr {
	if n.Operator != "not" && n.Operator != "!" {
		return c.fail(n, "%s is not a condition", describe(n))
	}
	// expr gives the "not" of "x not in y" the place of its operator; a "not"
	// of its own stands before its operand.
	if b, ok := n.Node.(*ast.BinaryNode); ok && b.Location() == n.Location() {
		return c.comparison(b, true)
	}
	return Not{c.expr(n.Node)}
}

func (c *checker) binary(n *ast.BinaryNode) Expr {
	switch n.Operator {
	case "and", "&&":
		return And(operands[And](c.expr(n.Left), c.expr(n.Right)))
	case "or", "||":
		return Or(operands[Or](c.expr(n.Left), c.expr(n.Right)))
	}
	if _, ok := operators[n.Operator]; !ok {
		return c.fail(n, "operator %s is not allowed in a condition", n.Operator)
	}
	// expr binds "not" closer than comparisons: "not proc.name in shells" is
	// (not proc.name) in shells to it. No comparison takes a negated operand,
	// so the whole comparison is meant, as in Falco.
	if not, ok := n.Left.(*ast.UnaryNode); ok && (not.Operator == "not" || not.Operator == "!") {
		positive := *n
		positive.Left = not.Node
		return Not{c.binary(&positive)}
	}
	return c.comparison(n, false)
}

// operands flattens a chain of one operator.
func operands[T ~[]Expr](left, right Expr) []Expr {
	var all []Expr
	for _, x := range []Expr{left, right} {
		if chain, ok := x.(T); ok {
			all = append(all, chain...)
		} else {
			all = append(all, x)
		}
	}
	return all
}

// comparison checks FIELD OPERATOR VALUE; negated for "not in" and its like,
// which are false where the field is missing.
func (c *checker) comparison(n *ast.BinaryNode, negated bool) Expr {
	op := operators[n.Operator]
	left, right := n.Left, n.Right
	if isLiteral(left) && !isLiteral(right) && op.swapped != "" {
		op, left, right = operators[op.swapped], right, left
	}
	if isLiteral(left) {
		return c.fail(left, "%s is not a field; a comparison is FIELD %s VALUE", describe(left), n.Operator)
	}
	f, ok := c.field(left)
	if !ok {
		return Bool(false)
	}
	t := &Test{Field: f.Ref, left: f.made, Op: op.op, Neg: negated != op.negated}
	return c.operand(n, t, n.Operator, right)
}

// operator is how an operator of expr is tested.
type operator struct {
	op      Op
	negated bool
	swapped string // the operator with its sides exchanged, "" if there is none
}

var operators = map[string]operator{
	"==":         {Equal, false, "=="},
	"!=":         {Equal, true, "!="},
	"<":          {Less, false, ">"},
	"<=":         {LessEqual, false, ">="},
	">":          {Greater, false, "<"},
	">=":         {GreaterEqual, false, "<="},
	"in":         {Equal, false, ""},
	"matches":    {Matches, false, ""},
	"contains":   {Contains, false, ""},
	"startsWith": {StartsWith, false, ""},
	"endsWith":   {EndsWith, false, ""},
}

func isLiteral(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.BoolNode, *ast.ArrayNode, *ast.FloatNode, *ast.NilNode:
		return true
	case *ast.UnaryNode:
		_, ok := n.Node.(*ast.IntegerNode)
		return ok && n.Operator != "not" && n.Operator != "!"
	}
	return false
}
