package condition

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/callgate/callgate/rules/event"
)

// makerNames are the functions that give a value.
func makerNames() []string {
	return slices.AppendSeq([]string{"len", "concat", "join", "getopt"}, maps.Keys(transformers))
}

// made checks a function that gives a value, if the node is a call of one.
func (c *checker) made(n *ast.CallNode) (v *value, is, ok bool) {
	callee, isName := n.Callee.(*ast.IdentifierNode)
	if !isName {
		return nil, false, false
	}
	switch callee.Value {
	case "len":
		v, ok = c.length(n)
	case "concat":
		v, ok = c.concat(n)
	case "join":
		v, ok = c.join(n)
	case "getopt":
		v, ok = c.getopt(n, "")
	default:
		if _, is := transformers[callee.Value]; !is {
			return nil, false, false
		}
		v, ok = c.transform(n, callee.Value)
	}
	switch {
	case !ok:
		return nil, true, false
	case v.parts > maxParts || v.depth > maxFunctions:
		c.fail(n, "%s is made of more than %d fields and texts, or by more than %d functions inside each other", callee.Value, maxParts, maxFunctions)
		return nil, true, false
	}
	return v, true, true
}

func (c *checker) transform(n *ast.CallNode, name string) (*value, bool) {
	of, ok := c.valueArgument(n, name)
	if ok && of.number != nil {
		c.fail(n, "%s takes a text; %s is a number", name, of.name)
		return nil, false
	}
	if !ok {
		return nil, false
	}
	return transformed(name, of), true
}

func (c *checker) length(n *ast.CallNode) (*value, bool) {
	of, ok := c.valueArgument(n, "len")
	if ok && of.number != nil {
		c.fail(n, "len takes a text or a list; %s is a number", of.name)
		return nil, false
	}
	if !ok {
		return nil, false
	}
	return length(of), true
}

// valueArgument is the argument of a function that takes one.
func (c *checker) valueArgument(n *ast.CallNode, name string) (*value, bool) {
	if len(n.Arguments) != 1 {
		c.fail(n, "%s takes one field", name)
		return nil, false
	}
	f, ok := c.field(n.Arguments[0])
	if !ok {
		return nil, false
	}
	return c.valueOf(n.Arguments[0], f)
}

// valueOf is a field, or what a function made of one, for a further function.
func (c *checker) valueOf(n ast.Node, f operandField) (*value, bool) {
	if f.made != nil {
		return f.made, true
	}
	v := fieldValue(f.Ref)
	if v == nil {
		c.fail(n, "functions take texts; %s is a %s", f, f.Type)
	}
	return v, v != nil
}

// part is an element of concat or of a list: a text in quotes, a field, or what a
// function makes of one.
func (c *checker) part(n ast.Node) (*value, bool) {
	if s, ok := n.(*ast.StringNode); ok {
		return literalValue(s.Value), true
	}
	f, ok := c.field(n)
	if !ok {
		return nil, false
	}
	v, ok := c.valueOf(n, f)
	if ok && v.texts != nil {
		c.fail(n, "%s has several values; join makes a text of them", v.name)
		return nil, false
	}
	return v, ok
}

func (c *checker) parts(nodes []ast.Node) ([]*value, bool) {
	all, good := make([]*value, len(nodes)), true
	for i, n := range nodes {
		var ok bool
		all[i], ok = c.part(n)
		good = good && ok
	}
	return all, good && len(nodes) <= maxParts
}

func (c *checker) concat(n *ast.CallNode) (*value, bool) {
	if len(n.Arguments) < 2 || len(n.Arguments) > maxParts {
		c.fail(n, "concat takes 2 to %d fields and texts", maxParts)
		return nil, false
	}
	parts, ok := c.parts(n.Arguments)
	if !ok {
		return nil, false
	}
	return concat(parts), true
}

func (c *checker) join(n *ast.CallNode) (*value, bool) {
	if len(n.Arguments) == 2 {
		if separator, ok := n.Arguments[0].(*ast.StringNode); ok {
			list, ok := c.valueList(n.Arguments[1], "join")
			if !ok {
				return nil, false
			}
			return join(separator.Value, list), true
		}
	}
	c.fail(n, `join takes a separator in quotes and a list: join("/", proc.aname)`)
	return nil, false
}

// valueList is a list that join and getopt take: a field of several values, the
// arguments, or values in brackets.
func (c *checker) valueList(n ast.Node, name string) (*value, bool) {
	if a, ok := n.(*ast.ArrayNode); ok {
		if len(a.Nodes) == 0 || len(a.Nodes) > maxParts {
			c.fail(n, "a list of %s has 1 to %d fields and texts", name, maxParts)
			return nil, false
		}
		parts, ok := c.parts(a.Nodes)
		if !ok {
			return nil, false
		}
		return tuple(parts), true
	}
	f, ok := c.field(n)
	if !ok {
		return nil, false
	}
	if f.made == nil && f.Name == allArguments.Name {
		v := fieldValue(firstArgument)
		v.name, v.refs = f.Name, argumentFields
		return v, true
	}
	v, ok := c.valueOf(n, f)
	if ok && v.texts == nil {
		c.fail(n, "%s takes a list, such as proc.args or proc.aname; %s is one value", name, v.name)
		return nil, false
	}
	return v, ok
}

// getopt is getopt(ARGUMENTS, OPTSTRING), or the option KEY of it.
func (c *checker) getopt(n *ast.CallNode, key string) (*value, bool) {
	if len(n.Arguments) == 2 {
		if optstring, ok := n.Arguments[1].(*ast.StringNode); ok {
			args, ok := c.valueList(n.Arguments[0], "getopt")
			if !ok {
				return nil, false
			}
			v, err := getopt(args, optstring.Value, key)
			if err != nil {
				c.fail(n, "%v", err)
			}
			return v, err == nil
		}
	}
	c.fail(n, `getopt takes arguments and options in quotes: getopt(proc.args, "ne:")`)
	return nil, false
}

// option checks getopt(...)["KEY"], if the node is one.
func (c *checker) option(n *ast.MemberNode) (v *value, is, ok bool) {
	call, isCall := n.Node.(*ast.CallNode)
	key, isText := n.Property.(*ast.StringNode)
	if !isCall || !isText || n.Optional || n.Location() == key.Location() {
		return nil, false, false
	}
	if callee, isName := call.Callee.(*ast.IdentifierNode); !isName || callee.Value != "getopt" {
		return nil, false, false
	}
	if key.Value == "" {
		c.fail(n, "an option of getopt is one character")
		return nil, true, false
	}
	v, ok = c.getopt(call, key.Value)
	return v, true, ok
}

var argumentFields = []event.Ref{firstArgument, allArguments}
