package condition

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/expr-lang/expr/ast"
	exprchecker "github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/callgate/callgate/rules/event"
)

// compiling is held while expr compiles: its configuration caches types.
var compiling sync.Mutex

// Compile makes the program that judges an event.Box's Env. It gives a bool and
// can't fail on any event.
//
// Everything that expr would do by reflection is one call of a Go function
// here, passed as a constant: a function of type func(string) bool is called by
// the machine without an allocation.
func Compile(x Expr) (*vm.Program, error) {
	compiling.Lock()
	defer compiling.Unlock()
	config := conf.New(event.Event{})
	config.Expect, config.ExpectAny = reflect.Bool, true
	tree := &parser.Tree{Node: node(x)}
	if _, err := exprchecker.Check(tree, config); err != nil {
		return nil, fmt.Errorf("check condition: %w", err)
	}
	program, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, fmt.Errorf("compile condition: %w", err)
	}
	return program, nil
}

func node(x Expr) ast.Node {
	switch x := x.(type) {
	case And:
		return chain("and", x)
	case Or:
		return chain("or", x)
	case Not:
		return &ast.UnaryNode{Operator: "not", Node: node(x.X)}
	case Bool:
		return &ast.BoolNode{Value: bool(x)}
	}
	return x.(*Test).node()
}

// chain nests to the right, so that the first operand that decides jumps to the
// end at once.
func chain(op string, xs []Expr) ast.Node {
	n := node(xs[len(xs)-1])
	for i := len(xs) - 2; i >= 0; i-- {
		n = &ast.BinaryNode{Operator: op, Left: node(xs[i]), Right: n}
	}
	return n
}

// node is the test as expr runs it.
func (t *Test) node() ast.Node {
	plain := !t.Neg && t.Map == AsIs && !t.Field.Whole() && !isEnv(t.Field)
	switch {
	case t.Op == IsTrue:
		return fieldNode(t.Field)
	case t.Field.Type == event.Bool: // IsFalse, Present
		return t.knownNode()
	case t.Other != nil && t.Field.Type == event.String:
		return callNode(t.holdsTexts, fieldNode(t.Field), fieldNode(*t.Other))
	case t.Other != nil:
		return callNode(t.holdsNumbers, fieldNode(t.Field), fieldNode(*t.Other))
	case isEnv(t.Field):
		return callNode(t.holdsBlock, memberNode([]string{"proc", "envblk"}))
	case t.Field.Whole() && t.Field.Field.Index == event.IntIndex:
		return callNode(t.holdsAny, fieldNode(t.Field))
	case plain && t.Op == Equal && len(t.Strings) == 1:
		return &ast.BinaryNode{Operator: "==", Left: fieldNode(t.Field), Right: &ast.StringNode{Value: t.Strings[0]}}
	case plain && t.Op == Equal && len(t.Numbers) == 1:
		return &ast.BinaryNode{Operator: "==", Left: fieldNode(t.Field), Right: &ast.IntegerNode{Value: t.Numbers[0]}}
	case t.Field.Type == event.Int:
		return callNode(t.HoldsNumber, fieldNode(t.Field))
	}
	return callNode(t.HoldsText, fieldNode(t.Field))
}

// knownNode asks whether a boolean field is there, and for IsFalse its value.
func (t *Test) knownNode() ast.Node {
	there := memberNode(t.Field.Companion())
	if t.Op == Present {
		return there
	}
	return &ast.BinaryNode{Operator: "and", Left: there, Right: &ast.UnaryNode{Operator: "not", Node: fieldNode(t.Field)}}
}

func callNode(fn any, args ...ast.Node) ast.Node {
	return &ast.CallNode{Callee: &ast.ConstantNode{Value: fn}, Arguments: args}
}

func fieldNode(r event.Ref) ast.Node {
	n := memberNode(r.Path())
	if r.Index >= 0 {
		n = &ast.MemberNode{Node: n, Property: &ast.IntegerNode{Value: r.Index}}
	}
	return n
}

func memberNode(path []string) ast.Node {
	var n ast.Node = &ast.IdentifierNode{Value: path[0]}
	for _, name := range path[1:] {
		n = &ast.MemberNode{Node: n, Property: &ast.StringNode{Value: name}}
	}
	return n
}
