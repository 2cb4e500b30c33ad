package condition

import (
	"fmt"

	"github.com/expr-lang/expr/ast"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/suggest"
)

// operand checks the right side of a comparison and completes the test. The
// operator's name, as written, is for messages.
func (c *checker) operand(at ast.Node, t *Test, name string, right ast.Node) Expr {
	if msg := t.opMismatch(name); msg != "" {
		return c.fail(at, "%s", msg)
	}
	if q, n, ok := quantifier(right); ok {
		return c.quantified(t, name, q, n)
	}
	switch right.(type) {
	case *ast.MemberNode, *ast.CallNode:
		return c.otherField(at, t, name, right)
	}
	if takesList(name) {
		t.every = name == "in" && t.left != nil && t.left.option
		return c.finish(right, t, c.items(right, t, name == "in"))
	}
	if b, isBool := right.(*ast.BoolNode); isBool && t.Field.Type == event.Bool {
		return boolean(t, b.Value)
	}
	return c.finish(right, t, c.item(right, t))
}

// finish prepares a test whose operands are good.
func (c *checker) finish(n ast.Node, t *Test, good bool) Expr {
	if !good {
		return Bool(false)
	}
	if err := t.prepare(); err != nil {
		return c.fail(n, "%v", err)
	}
	return t
}

// boolean is a test that a boolean field has a value. One that can be missing
// has to be there for being false.
func boolean(t *Test, want bool) Expr {
	switch {
	case want != t.Neg:
		return &Test{Field: t.Field, Op: IsTrue}
	case t.Field.CanBeMissing():
		return &Test{Field: t.Field, Op: IsFalse}
	}
	return Not{&Test{Field: t.Field, Op: IsTrue}}
}

// opMismatch says why the operator does not fit the field's type, or "".
func (t *Test) opMismatch(name string) string {
	if t.left != nil && t.left.option && t.left.texts != nil && t.Op != Present && name != "in" && name != "intersects" {
		return fmt.Sprintf(`%s is a list; use in, intersects, or one option, %s["X"]`, t.Field, t.Field)
	}
	numeric := t.Op >= Less && t.Op <= GreaterEqual
	textualOp := t.Op >= Contains
	switch {
	case numeric && t.Field.Type != event.Int:
		return fmt.Sprintf("%s compares numbers; %s is a %s", name, t.Field, t.Field.Type)
	case textualOp && t.Field.Type != event.String:
		return fmt.Sprintf("%s compares text; %s is a %s", name, t.Field, t.Field.Type)
	case (name == "in" || name == "intersects") && t.Field.Type == event.Bool:
		return fmt.Sprintf("%s is a boolean; compare it with true or false", t.Field)
	}
	return ""
}

// otherField completes FIELD OPERATOR FIELD.
func (c *checker) otherField(at ast.Node, t *Test, name string, right ast.Node) Expr {
	f, ok := c.field(right)
	switch {
	case !ok:
		return Bool(false)
	case takesList(name) || t.Op == Matches:
		return c.fail(right, "the right side of %s must be a literal, not a field", name)
	case f.Type != t.Field.Type || f.Type == event.Bool:
		return c.fail(at, "%s is a %s, %s is a %s: they can't be compared", t.Field, t.Field.Type, f, f.Type)
	case f.several() || t.several():
		return c.fail(at, "%s and %s can't be compared with each other; compare them with literals", t.Field, f)
	}
	t.Other = &f.Ref
	if t.left != nil || f.made != nil || t.Field.Sought() || f.Sought() {
		t.left, _ = c.valueOf(at, operandField{t.Field, t.left})
		t.right, _ = c.valueOf(at, f)
	}
	return c.finish(at, t, true)
}

// takesList reports whether several literals may stand on the right side.
func takesList(name string) bool {
	_, isFunction := functions[name]
	return name == "in" || isFunction
}

// items reads a list literal, a list's name or, where no list is needed, one
// literal, into the test.
func (c *checker) items(n ast.Node, t *Test, needList bool) bool {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.list(n, t)
	case *ast.ArrayNode:
		good := true
		for _, e := range n.Nodes {
			if ident, ok := e.(*ast.IdentifierNode); ok {
				good = c.list(ident, t) && good
			} else {
				good = c.item(e, t) && good
			}
		}
		return good
	}
	if needList {
		c.fail(n, "the right side of in is a list: [%s] or a list's name", "A, B")
		return false
	}
	return c.item(n, t)
}

func (c *checker) list(n *ast.IdentifierNode, t *Test) bool {
	l, err := c.scope.List(n.Value)
	switch {
	case err == ErrBroken: //nolint:errorlint // a Scope returns it bare
		c.broken = true
		return false
	case err != nil:
		c.notList(n)
		return false
	}
	for _, item := range l.Items {
		if err := t.addLiteral(item); err != nil {
			c.fail(n, "list %s: %v", n.Value, err)
			return false
		}
	}
	return true
}

func (c *checker) notList(n *ast.IdentifierNode) {
	hint := suggest.Hint(n.Value, c.scope.ListNames())
	if _, err := c.scope.Macro(n.Value); err != ErrUndefined { //nolint:errorlint // a Scope returns it bare
		c.fail(n, "%s is a macro, not a list", n.Value)
	} else if hint != "" {
		c.fail(n, "undefined list %s%s", n.Value, hint)
	} else {
		c.fail(n, "undefined list %s; a text stands in quotes", n.Value)
	}
}

// item reads one literal into the test.
func (c *checker) item(n ast.Node, t *Test) bool {
	item, ok := literal(n)
	if ident, isName := n.(*ast.IdentifierNode); isName {
		c.fail(n, "%s stands where a literal is expected; a text stands in quotes", ident.Value)
		return false
	}
	if !ok {
		c.fail(n, "%s stands where a literal is expected", describe(n))
		return false
	}
	if err := t.addLiteral(item); err != nil {
		c.fail(n, "%v", err)
		return false
	}
	return true
}

func literal(n ast.Node) (Item, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return Item{Text: n.Value}, true
	case *ast.IntegerNode:
		return Item{Number: n.Value, IsNumber: true}, true
	case *ast.UnaryNode:
		if i, ok := n.Node.(*ast.IntegerNode); ok && n.Operator == "-" {
			return Item{Number: -i.Value, IsNumber: true}, true
		}
	}
	return Item{}, false
}
