package condition

import (
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// Op is how a Test compares.
type Op uint8

// The comparisons. With several literals, Test.Quant says how many must fit.
const (
	Present Op = iota // has(FIELD)
	IsTrue            // a boolean field
	IsFalse           // a boolean field that can be missing, and is there
	Equal
	Less
	LessEqual
	Greater
	GreaterEqual
	Contains
	StartsWith
	EndsWith
	Matches
	Glob
	PathMatch
	CIDR
	HasFlag
	IEqual
	IContains
	IStartsWith
	IEndsWith
	IGlob
	BContains   // the literals are bytes in hexadecimal
	BStartsWith // likewise
)

// Quant says how many literals of a Test have to fit.
type Quant uint8

// Quantifiers, Falco's oneof, anyof and allof. None fits an empty list.
const (
	Any Quant = iota // at least one; also what a plain list means
	All
	One // exactly one
)

// Test compares one field, or what a function makes of fields, with literals or
// with another field. It is false
// where a field is missing, negated or not.
type Test struct {
	Field event.Ref
	Op    Op
	Neg   bool // "!=" and "not in": the field is there, and the comparison fails

	Quant   Quant
	Differs bool // a literal fits where it is not equal: != with a quantifier

	Strings []string   // literals, of a string field
	Numbers []int      // literals, of an int field
	Other   *event.Ref // instead of literals

	left, right *value // instead of Field and Other, which look like fields then
	every       bool   // all of left's values must fit, not one

	text   func(string) bool
	number func(int) bool
	texts  func(a, b string) bool // with Other
	pairs  func(a, b int) bool    // with Other
}

// HoldsText judges a value of a string field.
func (t *Test) HoldsText(s string) bool { return s != "" && t.FitsText(s) != t.Neg }

// HoldsNumber judges a value of an int field.
func (t *Test) HoldsNumber(n int) bool { return n != event.Missing && t.FitsNumber(n) != t.Neg }

// FitsText judges a text that is there, as if the test were not negated.
func (t *Test) FitsText(s string) bool { return t.text(s) }

// FitsNumber judges a number likewise.
func (t *Test) FitsNumber(n int) bool { return t.number(n) }

// several reports whether the comparison means any of several values.
func (t *Test) several() bool { return operandField{t.Field, t.left}.several() }

// Argument is the one field that the test is about, and what is done to its
// letters before they are compared, nil for nothing; false when it is about more.
func (t *Test) Argument() (f event.Ref, fold func(string) string, ok bool) {
	switch {
	case t.Other != nil || t.right != nil:
	case t.left == nil && t.Op >= IEqual && t.Op <= IEndsWith:
		return t.Field, strings.ToLower, true
	case t.left == nil:
		return t.Field, nil, true
	case t.left.fold != nil && (t.Op < IEqual || t.Op > IEndsWith):
		return t.left.refs[0], t.left.fold, true
	}
	return event.Ref{}, nil, false
}

// Each are the comparisons with each literal by itself, which Quant counts.
func (t *Test) Each() []*Test {
	var each []*Test
	add := func(one Test) {
		one.Quant, one.Differs, one.Neg = Any, false, t.Differs
		if one.prepare() == nil { // as it was in prepareEach
			each = append(each, &one)
		}
	}
	for i := range t.Strings {
		one := *t
		one.Strings = t.Strings[i : i+1]
		add(one)
	}
	for i := range t.Numbers {
		one := *t
		one.Numbers = t.Numbers[i : i+1]
		add(one)
	}
	return each
}

// holdsTexts judges two string fields.
func (t *Test) holdsTexts(a, b string) bool {
	return a != "" && b != "" && t.texts(a, b) != t.Neg
}

// holdsNumbers judges two int fields.
func (t *Test) holdsNumbers(a, b int) bool {
	return a != event.Missing && b != event.Missing && t.pairs(a, b) != t.Neg
}

// holdsAnyText judges a field of several texts that is named without an index, or
// stands for several.
func (t *Test) holdsAnyText(values []string) bool {
	return holdsAny(t, values, "", t.text)
}

// holdsAnyNumber judges a field of several numbers likewise.
func (t *Test) holdsAnyNumber(values []int) bool {
	return holdsAny(t, values, event.Missing, t.number)
}

// holdsAny: one value that fits is enough, and a negated test wants none of
// those that are known to fit. Ancestors are counted from the parent, as in
// Falco.
func holdsAny[T comparable](t *Test, values []T, missing T, fit func(T) bool) bool {
	known, fits := false, false
	for _, v := range values[t.first():] {
		known = known || v != missing
		fits = fits || v != missing && fit(v)
	}
	return known && fits != t.Neg
}

// first is where "any" begins: index 0 of an ancestors' field is the process.
func (t *Test) first() int { return firstOf(t.Field) }

func firstOf(r event.Ref) int {
	if r.Need&(event.NeedAncestors|event.NeedAExe|event.NeedAExePath) != 0 {
		return 1
	}
	return 0
}
