package condition

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// comparator is how an exception compares a field.
type comparator struct {
	op      Op
	negated bool
	list    bool // the value is a list

	quantified bool
	quant      Quant
	differs    bool
}

// comparators are the names that exceptions use for comparisons, Falco's and
// our own.
var comparators = map[string]comparator{
	"=": {op: Equal}, "==": {op: Equal}, "!=": {op: Equal, negated: true}, "iequals": {op: IEqual},
	"<": {op: Less}, "<=": {op: LessEqual}, ">": {op: Greater}, ">=": {op: GreaterEqual},
	"in": {op: Equal, list: true}, "intersects": {op: Equal, list: true},
	"pmatch": {op: PathMatch, list: true}, "pathMatch": {op: PathMatch, list: true}, "cidr": {op: CIDR, list: true},
	"startswith": {op: StartsWith}, "startsWith": {op: StartsWith}, "istartswith": {op: IStartsWith}, "istartsWith": {op: IStartsWith},
	"endswith": {op: EndsWith}, "endsWith": {op: EndsWith}, "iendswith": {op: IEndsWith}, "iendsWith": {op: IEndsWith},
	"contains": {op: Contains}, "icontains": {op: IContains}, "hasFlag": {op: HasFlag},
	"bcontains": {op: BContains}, "bstartswith": {op: BStartsWith}, "bstartsWith": {op: BStartsWith},
	"glob": {op: Glob}, "iglob": {op: IGlob}, "regex": {op: Matches}, "matches": {op: Matches},
}

// Comparators are the names that an exception's comps may have, in the order
// of the documentation.
func Comparators() []string {
	return []string{
		"=", "!=", "<", "<=", ">", ">=", "in", "startswith", "endswith", "contains", "icontains", "iequals", "istartswith", "iendswith",
		"bcontains", "bstartswith", "glob", "iglob", "pmatch", "cidr", "regex", "intersects", "hasFlag",
		"and, with a list, such as startswith anyof, contains allof, = oneof",
	}
}

// ComparatorNames are all names of comparisons, those that another system has
// for one of them too, sorted.
func ComparatorNames() []string { return slices.Sorted(maps.Keys(comparators)) }

// Comparator reports whether an exception may use the comparison, and whether
// its value is a list.
func Comparator(name string) (list, ok bool) {
	c, ok := comparatorOf(name)
	return c.list, ok
}

// comparatorOf finds a comparison, one of a list with a quantifier too.
func comparatorOf(name string) (comparator, bool) {
	words := strings.Fields(name)
	if len(words) == 0 || len(words) > 2 {
		return comparator{}, false
	}
	c, ok := comparators[words[0]]
	if !ok || len(words) == 1 {
		return c, ok
	}
	i := slices.Index([]string{"anyof", "allof", "oneof"}, strings.ToLower(words[1]))
	if i < 0 || c.list || c.op >= Less && c.op <= GreaterEqual {
		return comparator{}, false
	}
	c.list, c.quantified, c.quant = true, true, []Quant{Any, All, One}[i]
	c.negated, c.differs = false, c.negated
	return c, true
}

// Operand is what an exception compares: a field, or what a function makes of
// fields.
type Operand struct{ operandField }

// ParseOperand reads one in the form that exceptions have it: a field in Falco's
// form, or a function as conditions have it.
func ParseOperand(text string) (Operand, error) {
	if !strings.Contains(text, "(") {
		ref, err := event.ParseRef(text)
		if err == nil {
			err = ref.Comparable()
		}
		return Operand{operandField{Ref: ref}}, err
	}
	tree, mistake := parseTree(text)
	if mistake != nil {
		return Operand{}, errors.New(mistake.Msg)
	}
	c := checker{scope: noNames{}}
	f, _ := c.field(tree)
	if len(c.errs) > 0 {
		return Operand{}, errors.New(c.errs[0].Msg)
	}
	return Operand{f}, nil
}

// noNames is a scope without macros and lists.
type noNames struct{}

func (noNames) Macro(string) (Expr, error) { return nil, ErrUndefined }
func (noNames) List(string) (*List, error) { return nil, ErrUndefined }
func (noNames) MacroNames() []string       { return nil }
func (noNames) ListNames() []string        { return nil }

// NewTest makes the test of one field of an exception. A comparison that takes
// no list takes exactly one item.
func NewTest(f Operand, comparator string, items []Item) (Expr, error) {
	c, _ := comparatorOf(comparator)
	t := &Test{Field: f.Ref, left: f.made, every: comparator == "in" && f.made != nil && f.made.option, Op: c.op, Neg: c.negated, Quant: c.quant, Differs: c.differs}
	if !c.list && len(items) != 1 {
		return nil, fmt.Errorf("%s takes one value, not %d", comparator, len(items))
	}
	if c.quantified && f.several() {
		return nil, fmt.Errorf("%s has several values, and %s compares one; an index says which", f, comparator)
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
