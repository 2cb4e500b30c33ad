package condition

import (
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/suggest"
)

// functions of the form NAME(FIELD, TEXT), where TEXT may be a list.
var functions = map[string]Op{
	"glob":        Glob,
	"iglob":       IGlob,
	"pathMatch":   PathMatch,
	"cidr":        CIDR,
	"hasFlag":     HasFlag,
	"iequals":     IEqual,
	"icontains":   IContains,
	"istartsWith": IStartsWith,
	"iendsWith":   IEndsWith,
	"intersects":  Equal,
	"bcontains":   BContains,
	"bstartsWith": BStartsWith,
}

func isFunction(name string) bool {
	return slices.Contains(functionNames(), name)
}

// call checks a function that stands where a condition is expected.
func (c *checker) call(n *ast.CallNode) Expr {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.fail(n, "fields have no methods")
	}
	name := callee.Value
	if name == "has" {
		return c.has(n)
	}
	if slices.Contains(makerNames(), name) {
		return c.fail(n, "%s gives a value, not a condition; compare it", name)
	}
	if _, ok := quantifiers[name]; ok {
		return c.fail(n, `%s stands on the right side of a comparison: FIELD contains %s("A", "B")`, name, name)
	}
	op, ok := functions[name]
	if !ok {
		return c.unknownFunction(n, name)
	}
	if len(n.Arguments) != 2 {
		return c.fail(n, "%s takes a field and a text", name)
	}
	f, ok := c.field(n.Arguments[0])
	if !ok {
		return Bool(false)
	}
	return c.operand(n, &Test{Field: f.Ref, left: f.made, Op: op}, name, n.Arguments[1])
}

func (c *checker) unknownFunction(n ast.Node, name string) Expr {
	if name == "val" {
		return c.fail(n, "val(FIELD) is written FIELD: a name without quotes is a field")
	}
	if hint := suggest.Hint(name, functionNames()); hint != "" {
		return c.fail(n, "unknown function %s%s", name, hint)
	}
	return c.fail(n, "unknown function %s; there are %s", name, strings.Join(functionNames(), ", "))
}

// functionNames are all functions that a condition can call.
func functionNames() []string {
	names := slices.AppendSeq(append(makerNames(), "has"), maps.Keys(functions))
	names = slices.AppendSeq(names, maps.Keys(quantifiers))
	slices.Sort(names)
	return names
}

func (c *checker) has(n *ast.CallNode) Expr {
	if len(n.Arguments) != 1 {
		return c.fail(n, "has takes one field")
	}
	f, ok := c.field(n.Arguments[0])
	switch {
	case !ok:
		return Bool(false)
	case f.made != nil && !f.made.option:
		return c.fail(n, "has takes a field, not what a function makes of it")
	case f.Type == event.Bool && !f.CanBeMissing():
		return c.fail(n, "%s is never missing; has(%s) is always true", f, f)
	}
	return c.finish(n, &Test{Field: f.Ref, left: f.made, Op: Present}, true)
}
