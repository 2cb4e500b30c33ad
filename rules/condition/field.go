package condition

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/callgate/callgate/rules/event"
)

// operandField is a field as a condition names it, or what a function makes of
// fields, which looks like one.
type operandField struct {
	event.Ref
	made *value // nil: the field as it is
}

// several reports whether a comparison means any of several values.
func (f operandField) several() bool {
	if f.made != nil {
		return f.made.texts != nil
	}
	return severalValues(f.Ref)
}

// field checks a node that stands where a field is expected.
func (c *checker) field(n ast.Node) (operandField, bool) {
	switch n := n.(type) {
	case *ast.MemberNode:
		if v, is, ok := c.option(n); is {
			if !ok {
				return operandField{}, false
			}
			return operandField{Ref: v.ref(), made: v}, true
		}
		return c.member(n)
	case *ast.CallNode:
		if v, is, ok := c.made(n); is {
			if !ok {
				return operandField{}, false
			}
			return operandField{Ref: v.ref(), made: v}, true
		}
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && !isFunction(callee.Value) {
			c.unknownFunction(n, callee.Value)
			return operandField{}, false
		}
	case *ast.IdentifierNode:
		if _, err := c.scope.Macro(n.Value); err != ErrUndefined { //nolint:errorlint // a Scope returns it bare
			c.fail(n, "%s is a macro, not a field", n.Value)
			return operandField{}, false
		}
		_, err := event.Lookup(n.Value)
		c.fail(n, "%v", err)
		return operandField{}, false
	}
	c.fail(n, "%s stands where a field is expected", describe(n))
	return operandField{}, false
}

// member resolves proc.name, proc.aname[2], proc.env["X"] and evt.arg.flags.
func (c *checker) member(n *ast.MemberNode) (operandField, bool) {
	var names []string
	var index ast.Node // the last step, if it stands in brackets
	for at := ast.Node(n); ; {
		if ident, ok := at.(*ast.IdentifierNode); ok {
			names = append(names, ident.Value)
			break
		}
		m, ok := at.(*ast.MemberNode)
		if !ok || m.Optional {
			c.fail(at, "%s stands where a field is expected", describe(at))
			return operandField{}, false
		}
		// A name after a dot has the place of its member, one in brackets not.
		name, ok := m.Property.(*ast.StringNode)
		switch {
		case ok && m.Location() == name.Location():
			names = append(names, name.Value)
		case index == nil && len(names) == 0:
			index = m.Property
		default:
			c.fail(n, "a field takes one index at its end")
			return operandField{}, false
		}
		at = m.Node
	}
	for i, j := 0, len(names)-1; i < j; i, j = i+1, j-1 {
		names[i], names[j] = names[j], names[i]
	}
	return c.resolve(n, strings.Join(names, "."), index)
}

func (c *checker) resolve(n *ast.MemberNode, name string, index ast.Node) (operandField, bool) {
	var ref event.Ref
	var err error
	key, isKey := index.(*ast.StringNode)
	num, isNum := index.(*ast.IntegerNode)
	if ref, err = event.Lookup(name); err == nil && index != nil {
		switch {
		case isKey && ref.Field.Index == event.NameIndex:
			ref, err = event.Lookup(name + "." + key.Value)
		case isKey && key.Value != "":
			ref, err = ref.At(-1, key.Value)
		case isNum:
			ref, err = ref.At(num.Value, "")
		default:
			err = errors.New("an index is a number or a name, not computed")
		}
	}
	if err == nil {
		err = ref.Comparable()
	}
	if err != nil {
		c.fail(n, "%v", err)
		return operandField{}, false
	}
	return operandField{Ref: ref}, true
}

// first is the leftmost node, where the field's name begins.
func first(n ast.Node) ast.Node {
	for {
		m, ok := n.(*ast.MemberNode)
		if !ok {
			return n
		}
		n = m.Node
	}
}
