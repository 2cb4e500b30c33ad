package condition

import (
	"fmt"

	"github.com/expr-lang/expr/ast"

	"github.com/callgate/callgate/rules/event"
)

// operand checks the right side of a comparison and completes the test. The
// operator's name, as written, is for messages.
func (c *checker) operand(at ast.Node, t *Test, name string, right ast.Node) Expr {
	if msg := t.opMismatch(name); msg != "" {
		return c.fail(at, "%s", msg)
	}
	switch right.(type) {
	case *ast.MemberNode, *ast.CallNode:
		return c.otherField(at, t, name, right)
	}
	var items []Item
	var ok bool
	if takesList(name) {
		items, ok = c.items(right, name == "in")
	} else {
		if b, isBool := right.(*ast.BoolNode); isBool && t.Field.Type == event.Bool {
			return boolean(t, b.Value)
		}
		var item Item
		item, ok = c.item(right)
		items = []Item{item}
	}
	if !ok {
		return Bool(false)
	}
	return c.literals(right, t, items)
}

// boolean is a test that a boolean field has a value; it is never missing.
func boolean(t *Test, want bool) Expr {
	if want != t.Neg {
		return &Test{Field: t.Field, Op: IsTrue}
	}
	return Not{&Test{Field: t.Field, Op: IsTrue}}
}

// opMismatch says why the operator does not fit the field's type, or "".
func (t *Test) opMismatch(name string) string {
	numeric := t.Op >= Less && t.Op <= GreaterEqual
	textualOp := t.Op >= Contains
	switch {
	case numeric && t.Field.Type != event.Int:
		return fmt.Sprintf("%s compares numbers; %s is a %s", name, t.Field, t.Field.Type)
	case textualOp && t.Field.Type != event.String:
		return fmt.Sprintf("%s compares text; %s is a %s", name, t.Field, t.Field.Type)
	case name == "in" && t.Field.Type == event.Bool:
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
	case f.mapped != AsIs:
		return c.fail(right, "%s may stand on the left side only", f.mapped)
	case takesList(name) || t.Op == Matches:
		return c.fail(right, "the right side of %s must be a literal, not a field", name)
	case f.Type != t.Field.Type || f.Type == event.Bool:
		return c.fail(at, "%s is a %s, %s is a %s: they can't be compared", t.Field, t.Field.Type, f, f.Type)
	case f.Whole() || t.Field.Whole() || isEnv(f.Ref) || isEnv(t.Field):
		return c.fail(at, "%s and %s can't be compared with each other; compare them with literals", t.Field, f)
	}
	t.Other = &f.Ref
	return c.finish(at, t)
}

// isEnv reports whether the field is one variable of the environment, which has
// no place of its own in the event.
func isEnv(r event.Ref) bool { return r.Field.Index == event.KeyIndex && r.Key != "" }

// takesList reports whether several literals may stand on the right side.
func takesList(name string) bool {
	_, isFunction := functions[name]
	return name == "in" || isFunction
}

// items reads a list literal, a list's name or, where no list is needed, one
// literal.
func (c *checker) items(n ast.Node, needList bool) ([]Item, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.list(n)
	case *ast.ArrayNode:
		var items []Item
		good := true
		for _, e := range n.Nodes {
			if ident, ok := e.(*ast.IdentifierNode); ok {
				more, ok := c.list(ident)
				items, good = append(items, more...), good && ok
				continue
			}
			item, ok := c.item(e)
			items, good = append(items, item), good && ok
		}
		return items, good
	}
	if needList {
		c.fail(n, "the right side of in is a list: [%s] or a list's name", "A, B")
		return nil, false
	}
	item, ok := c.item(n)
	return []Item{item}, ok
}

func (c *checker) list(n *ast.IdentifierNode) ([]Item, bool) {
	l, err := c.scope.List(n.Value)
	switch {
	case err == nil:
		return l.Items, true
	case err == ErrBroken: //nolint:errorlint // a Scope returns it bare
		c.broken = true
	case err != ErrUndefined: //nolint:errorlint // likewise
		c.fail(n, "%v", err)
	default:
		c.fail(n, "undefined list %s%s; a text stands in quotes", n.Value, didYouMean(n.Value, c.scope.ListNames()))
	}
	return nil, false
}

// item reads one literal.
func (c *checker) item(n ast.Node) (Item, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return Item{Text: n.Value}, true
	case *ast.IntegerNode:
		return Item{Number: n.Value, IsNumber: true}, true
	case *ast.UnaryNode:
		if i, ok := n.Node.(*ast.IntegerNode); ok && n.Operator == "-" {
			return Item{Number: -i.Value, IsNumber: true}, true
		}
	case *ast.IdentifierNode:
		c.fail(n, "%s stands where a literal is expected; a text stands in quotes", n.Value)
		return Item{}, false
	}
	c.fail(n, "%s stands where a literal is expected", describe(n))
	return Item{}, false
}
