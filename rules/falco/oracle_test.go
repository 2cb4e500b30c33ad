package falco_test

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/callgate/callgate/rules/falco"
)

// oracle judges conditions as Falco documents them, for a call that succeeds. It
// shares nothing with callgate's evaluation but the parser of conditions.
type oracle struct {
	lists  map[string][]string
	macros map[string]falco.Node
	rules  map[string]falco.Node
	order  []string
}

func newOracle(t *testing.T, all []entry) *oracle {
	t.Helper()
	o := &oracle{lists: make(map[string][]string), macros: make(map[string]falco.Node), rules: make(map[string]falco.Node)}
	parse := func(text string) falco.Node {
		x, err := falco.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return x
	}
	for _, e := range all {
		switch {
		case e.List != "":
			o.lists[e.List] = nil
			for _, item := range e.Items {
				if inner, ok := o.lists[item]; ok {
					o.lists[e.List] = append(o.lists[e.List], inner...)
					continue
				}
				if n := len(item); n > 1 && (item[0] == '"' || item[0] == '\'') && item[n-1] == item[0] {
					item = strings.ReplaceAll(item[1:n-1], `\`+item[:1], item[:1])
				}
				o.lists[e.List] = append(o.lists[e.List], item)
			}
		case e.Macro != "":
			o.macros[e.Macro] = parse(e.Condition)
		case e.Rule != "":
			o.rules[e.Rule] = parse(e.Condition)
			o.order = append(o.order, e.Rule)
		}
	}
	return o
}

// facts are the values of an event's fields, by Falco's names; none for a field
// that is missing.
type facts func(field, index string) []string

func (o *oracle) holds(x falco.Node, values facts) bool {
	switch x := x.(type) {
	case *falco.Logic:
		for _, part := range x.Parts {
			if o.holds(part, values) == x.Or {
				return x.Or
			}
		}
		return !x.Or
	case *falco.Not:
		return !o.holds(x.X, values)
	case *falco.Macro:
		return o.holds(o.macros[x.Name], values)
	}
	c := x.(*falco.Check)
	return compare(c.Op, values(c.Left.Field, c.Left.Index), o.literals(c))
}

// literals are the values of a check, with its lists expanded.
func (o *oracle) literals(c *falco.Check) (texts []string) {
	for _, v := range c.Values {
		if items, ok := o.lists[v.Text]; ok && !v.Quoted && (c.List || c.Op == "in") {
			texts = append(texts, items...)
		} else {
			texts = append(texts, v.Text)
		}
	}
	return texts
}

// compare: one value that fits one literal is enough; != wants none that does. A
// missing field compares false, but Falco shows it as <NA>, N/A or nothing.
func compare(op string, values, literals []string) bool {
	isNone := func(s string) bool { return s == "<NA>" || s == "N/A" || s == "" }
	fits := slices.ContainsFunc(literals, func(literal string) bool {
		if len(values) == 0 || values[0] == "" {
			return (op == "=" || op == "in") && isNone(literal)
		}
		return slices.ContainsFunc(values, func(v string) bool { return fit(op, v, literal) })
	})
	switch op {
	case "exists":
		return len(values) > 0
	case "!=":
		return len(values) > 0 && (isNone(literals[0]) || !fits)
	}
	return fits
}

func fit(op, value, literal string) bool {
	switch op {
	case "=", "==", "!=", "in", "intersects":
		return equal(value, literal)
	case "contains":
		return strings.Contains(value, literal)
	case "icontains":
		return strings.Contains(strings.ToLower(value), strings.ToLower(literal))
	case "startswith":
		return strings.HasPrefix(value, literal)
	case "endswith":
		return strings.HasSuffix(value, literal)
	case "glob":
		return wild(literal, value)
	case "pmatch":
		return value == literal || strings.HasPrefix(value, strings.TrimSuffix(literal, "/")+"/")
	case "bcontains":
		return false // none of the official rules' data is known
	}
	a, errA := strconv.Atoi(value)
	b, errB := strconv.Atoi(literal)
	if errA != nil || errB != nil {
		return false
	}
	return map[string]bool{"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]
}

// equal compares texts, and an address with a network.
func equal(value, literal string) bool {
	network, err := netip.ParsePrefix(literal)
	if err != nil {
		return value == literal
	}
	addr, err := netip.ParseAddr(value)
	return err == nil && network.Contains(addr)
}

// wild matches a pattern of * and texts.
func wild(pattern, s string) bool {
	head, rest, found := strings.Cut(pattern, "*")
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	if !found {
		return s == ""
	}
	for i := range len(s) + 1 {
		if wild(rest, s[i:]) {
			return true
		}
	}
	return false
}
