package condition

import (
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// Op is how a Test compares.
type Op uint8

// The comparisons. With several literals, one that fits is enough.
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
)

// Map is what is done to a field's text before the comparison.
type Map uint8

// Mappings.
const (
	AsIs     Map = iota
	Basename     // the last component of a path
)

func (m Map) String() string { return [...]string{"", "basename"}[m] }

func (m Map) apply(s string) string {
	if m == AsIs {
		return s
	}
	trimmed := strings.TrimRight(s, "/")
	if trimmed == "" {
		return s[:min(1, len(s))]
	}
	return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
}

// Test compares one field with literals or with another field. It is false
// where a field is missing, negated or not.
type Test struct {
	Field event.Ref
	Map   Map
	Op    Op
	Neg   bool // "!=" and "not in": the field is there, and the comparison fails

	Strings []string   // literals, of a string field
	Numbers []int      // literals, of an int field
	Other   *event.Ref // instead of literals

	text   func(string) bool
	number func(int) bool
	texts  func(a, b string) bool // with Other
	pairs  func(a, b int) bool    // with Other
}

// HoldsText judges a value of a string field.
func (t *Test) HoldsText(s string) bool { return s != "" && t.text(t.Map.apply(s)) != t.Neg }

// HoldsNumber judges a value of an int field.
func (t *Test) HoldsNumber(n int) bool { return n != event.Missing && t.number(n) != t.Neg }

// holdsTexts judges two string fields.
func (t *Test) holdsTexts(a, b string) bool {
	return a != "" && b != "" && t.texts(t.Map.apply(a), b) != t.Neg
}

// holdsNumbers judges two int fields.
func (t *Test) holdsNumbers(a, b int) bool {
	return a != event.Missing && b != event.Missing && t.pairs(a, b) != t.Neg
}

// holdsAnyText judges a field of several texts that is named without an index, or
// stands for several.
func (t *Test) holdsAnyText(values []string) bool {
	return holdsAny(t, values, "", func(s string) bool { return t.text(t.Map.apply(s)) })
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
func (t *Test) first() int {
	if t.Field.Need&(event.NeedAncestors|event.NeedAExe|event.NeedAExePath) != 0 {
		return 1
	}
	return 0
}
