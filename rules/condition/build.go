package condition

import (
	"fmt"

	"github.com/callgate/callgate/rules/event"
)

// comparators are the names that exceptions use for comparisons, Falco's and
// our own.
var comparators = map[string]struct {
	op      Op
	negated bool
	list    bool // the value is a list
}{
	"=": {Equal, false, false}, "==": {Equal, false, false}, "!=": {Equal, true, false},
	"<": {Less, false, false}, "<=": {LessEqual, false, false},
	">": {Greater, false, false}, ">=": {GreaterEqual, false, false},
	"in": {Equal, false, true}, "intersects": {Equal, false, true}, "pmatch": {PathMatch, false, true},
	"pathMatch": {PathMatch, false, true}, "cidr": {CIDR, false, true},
	"startswith": {StartsWith, false, false}, "startsWith": {StartsWith, false, false},
	"istartswith": {IStartsWith, false, false}, "istartsWith": {IStartsWith, false, false},
	"endswith": {EndsWith, false, false}, "endsWith": {EndsWith, false, false},
	"iendswith": {IEndsWith, false, false}, "iendsWith": {IEndsWith, false, false},
	"contains": {Contains, false, false}, "icontains": {IContains, false, false},
	"glob": {Glob, false, false}, "iglob": {IGlob, false, false},
	"regex": {Matches, false, false}, "matches": {Matches, false, false},
}

// Comparators are the names that an exception's comps may have, in the order
// of the documentation.
func Comparators() []string {
	return []string{
		"=", "!=", "<", "<=", ">", ">=", "in", "startswith", "endswith", "contains", "icontains",
		"glob", "pmatch", "cidr", "regex", "intersects",
	}
}

// Comparator reports whether an exception may use the comparison, and whether
// its value is a list.
func Comparator(name string) (list, ok bool) {
	c, ok := comparators[name]
	return c.list, ok
}

// NewTest makes the test of one field of an exception. A comparison that takes
// no list takes exactly one item.
func NewTest(f event.Ref, comparator string, items []Item) (Expr, error) {
	c := comparators[comparator]
	t := &Test{Field: f, Op: c.op, Neg: c.negated}
	if !c.list && len(items) != 1 {
		return nil, fmt.Errorf("%s takes one value, not %d", comparator, len(items))
	}
	if f.Type == event.Bool && c.op == Equal && len(items) == 1 && (items[0].Text == "true" || items[0].Text == "false") {
		return boolean(t, items[0].Text == "true"), nil
	}
	if msg := t.opMismatch(comparator); msg != "" {
		return nil, fmt.Errorf("%s", msg)
	}
	for _, item := range items {
		if err := t.addLiteral(item); err != nil {
			return nil, err
		}
	}
	if err := t.prepare(); err != nil {
		return nil, err
	}
	return t, nil
}
