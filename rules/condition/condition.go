// Package condition is the language of rule conditions: the part of expr-lang
// in which every condition ends, costs a bounded amount of work, and can be
// turned into a filter.
//
// A condition is parsed by expr's parser and checked into an Expr, in which
// macros and lists are expanded, names are resolved and every comparison is a
// Test on one field. From an Expr come the program that judges events (Compile),
// what must be read for it (Needs), and the part of it that a filter can decide
// (package reduce).
package condition

import (
	"errors"
	"fmt"
)

// Limits of a condition. expr has no limit on steps, and its parser recurses:
// what these refuse must never reach it.
const (
	MaxSource = 8 << 10 // bytes of one condition or macro
	MaxNodes  = 2000    // nodes after the expansion of macros
	MaxDepth  = 64      // nested brackets, negations and macros
)

// Expr is a checked condition: And, Or, Not, Bool or *Test.
type Expr interface {
	// Size is the number of nodes.
	Size() int
}

// And holds where all of its parts do.
type And []Expr

// Or holds where at least one of its parts does.
type Or []Expr

// Not is a negation, of missing fields too: not (x == "a") holds where x is
// missing.
type Not struct{ X Expr }

// Bool is true or false.
type Bool bool

// Size is the number of nodes.
func (x And) Size() int { return sizeOf(x) }

// Size is the number of nodes.
func (x Or) Size() int { return sizeOf(x) }

// Size is the number of nodes.
func (x Not) Size() int { return 1 + x.X.Size() }

// Size is the number of nodes.
func (Bool) Size() int { return 1 }

// Size is the number of nodes: the comparison, its field and the other side, and
// what functions make of them.
func (t *Test) Size() int {
	n := 3
	for _, v := range []*value{t.left, t.right} {
		if v != nil {
			n += v.parts + v.depth
		}
	}
	return n
}

func sizeOf(xs []Expr) int {
	n := 1
	for _, x := range xs {
		n += x.Size()
	}
	return n
}

// Error is one mistake in a condition.
type Error struct {
	Offset int // in characters from the start of the source
	Msg    string
}

func (e *Error) Error() string { return fmt.Sprintf("character %d: %s", e.Offset+1, e.Msg) }

// Errors are all mistakes that were found in one condition.
type Errors []*Error

func (e Errors) Error() string {
	msgs := make([]error, len(e))
	for i := range e {
		msgs[i] = e[i]
	}
	return errors.Join(msgs...).Error()
}

// Scope resolves the names that a condition uses.
type Scope interface {
	// Macro is a macro's expression. ErrUndefined and ErrBroken mean what they
	// say; any other error is the message to give at the place of use.
	Macro(name string) (Expr, error)
	// List is a list with the lists that it names expanded, likewise.
	List(name string) (*List, error)
	// MacroNames and ListNames are for suggestions.
	MacroNames() []string
	ListNames() []string
}

// Errors of a Scope.
var (
	ErrUndefined = errors.New("not defined")
	// ErrBroken: the definition has mistakes, which are reported there.
	ErrBroken = errors.New("defined with mistakes")
)

// List is a list's items.
type List struct{ Items []Item }

// Item is one item: a text, and a number if it was written as one.
type Item struct {
	Text     string
	Number   int
	IsNumber bool
}
