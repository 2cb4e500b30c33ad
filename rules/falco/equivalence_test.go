package falco_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/falco"
)

// key is a field with its index.
type key struct{ field, index string }

// maker makes events that a condition may or may not match: it goes down the
// condition and gives fields values for which each part comes out as wanted,
// most of the time.
type maker struct {
	*rand.Rand

	oracle *oracle
	values map[key]string
}

func (m *maker) visit(x falco.Node, want bool) {
	if m.IntN(60) == 0 {
		want = !want
	}
	switch x := x.(type) {
	case *falco.Logic:
		if x.Or == want { // one is enough
			m.visit(x.Parts[m.IntN(len(x.Parts))], want)
			return
		}
		for _, i := range m.Perm(len(x.Parts)) {
			m.visit(x.Parts[i], want)
		}
	case *falco.Not:
		m.visit(x.X, !want)
	case *falco.Macro:
		m.visit(m.oracle.macros[x.Name], want)
	case *falco.Check:
		m.check(x, want)
	}
}

// keys are the fields with a value, in one order: evt.type first, since it tells
// which arguments there are.
func (m *maker) keys() []key {
	rank := func(k key) string {
		return map[bool]string{true: "0", false: "1"}[k.field == "evt.type"] + k.field + k.index
	}
	return slices.SortedFunc(maps.Keys(m.values), func(a, b key) int { return strings.Compare(rank(a), rank(b)) })
}

// check gives the field of a check a value that fits, or one that nearly does.
func (m *maker) check(c *falco.Check, want bool) {
	k := key{c.Left.Field, c.Left.Index}
	if ends := members[k.field]; len(ends) == 2 {
		k.field = ends[m.IntN(4)/3] // mostly the other side, so that comparisons of both meet
	} else if len(ends) == 1 {
		k.field = ends[0]
	}
	if old, done := m.values[k]; done && compare(c.Op, slices.DeleteFunc([]string{old}, func(s string) bool { return s == "" }), m.oracle.literals(c)) == want {
		return
	}
	for range 20 {
		value := m.near(c, m.values[k])
		if value == "<NA>" || value == "N/A" {
			value = "" // a text that only Falco shows; who calls itself so is somebody here
		}
		var known []string
		if value != "" {
			known = []string{value}
		}
		if m.values[k] = value; compare(c.Op, known, m.oracle.literals(c)) == want {
			return
		}
	}
}

// near draws a value near the literals of a check, or one that has the old value
// and a literal in it; "" for none.
func (m *maker) near(c *falco.Check, old string) string {
	literals := m.oracle.literals(c)
	if len(literals) == 0 || m.IntN(8) == 0 {
		return []string{"", "else", "7", "10.1.2.3"}[m.IntN(4)]
	}
	literal := literals[m.IntN(len(literals))]
	address, _, isNet := strings.Cut(literal, "/")
	if n, err := strconv.Atoi(literal); err == nil {
		return strconv.Itoa(n + m.IntN(3) - 1)
	}
	switch m.IntN(12) {
	case 0:
		return literal + "x"
	case 1:
		return "x" + literal
	case 2:
		return literal[:len(literal)/2]
	case 3:
		return strings.ToUpper(literal)
	case 4:
		return literal + "/below"
	case 5:
		return strings.ReplaceAll(literal, "*", "q/r")
	case 6:
		return strings.ReplaceAll(literal, "*", "")
	case 7, 8:
		return old + strings.ReplaceAll(literal, "*", "")
	case 9:
		return strings.ReplaceAll(literal, "*", "") + old
	case 10:
		if isNet && address != "" {
			return address
		}
	}
	return literal
}

var switchedOff = regexp.MustCompile(`(?m)^(\s+enabled:) false$`)

// enabled are the official files with all of their rules switched on.
func enabled(t *testing.T, paths []string) (copies []string) {
	t.Helper()
	dir := t.TempDir()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(name, switchedOff.ReplaceAll(content, []byte("$1 true")), 0o600); err != nil {
			t.Fatal(err)
		}
		copies = append(copies, name)
	}
	return copies
}

// Every official rule matches the same events as imported and by Falco's
// semantics.
func TestEquivalence(t *testing.T) {
	paths := official(t)
	set, err := rules.Load(rules.Options{Paths: enabled(t, paths)})
	if err != nil {
		t.Fatal(err)
	}
	const events = 400
	o := newOracle(t, entries(t, paths))
	v := set.NewEvaluator()
	s := newScene(v.Event())
	matched, differ := make(map[string]int), 0
	for i, name := range o.order {
		m := &maker{Rand: rand.New(rand.NewPCG(1, uint64(i))), oracle: o}
		for range events {
			m.values = make(map[key]string)
			m.visit(o.rules[name], m.IntN(3) > 0)
			v.Event().Reset()
			for _, k := range m.keys() {
				s.set(k.field, k.index, m.values[k], m.IntN(16))
			}
			for _, rule := range []string{name, o.order[m.IntN(len(o.order))]} {
				want := o.holds(o.rules[rule], s.values)
				got := slices.ContainsFunc(v.Match(nil), func(r *rules.Rule) bool { return r.Name == rule })
				if want {
					matched[rule]++
				}
				if got != want {
					differ++
					t.Errorf("%s matches %t, not %t: %v", rule, got, want, m.values)
				}
			}
			if differ > 10 {
				t.FailNow()
			}
		}
	}
	for _, name := range o.order {
		if reason := silent[name]; matched[name] == 0 && reason == "" {
			t.Errorf("no event matched %s", name)
		}
	}
	t.Logf("%d of %d rules matched", len(matched), len(o.order))
}
