package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Caution is something about an enabled rule that is right, but may not be meant.
type Caution struct {
	Position // of the rule

	Msg string
}

// Warnings are those of the enabled rules in their order, on programs that make
// their calls through the ABIs: rules that are never told, that cost much, and
// whose verdict another thread can get round.
func (s *Set) Warnings(abis []syscalls.ABI) (all []Caution) {
	for i, r := range s.rules {
		warn := func(format string, args ...any) {
			all = append(all, Caution{r.Source, fmt.Sprintf("rule %q ", r.Name) + fmt.Sprintf(format, args...)})
		}
		if other := s.shadow(i); other != nil {
			warn("is never told with rule matching first: %q matches whatever it matches, and does as much", other.Name)
		}
		if calls := r.frequent(abis); len(calls) > 0 {
			warn("slows down ordinary work: it intercepts %s", strings.Join(calls, ", "))
		}
		if r.Action != Log {
			for _, rests := range r.racing(abis) {
				warn("can be got round: on %s another thread can change %s before the kernel uses it",
					strings.Join(rests.calls, ", "), strings.Join(rests.fields, ", "))
			}
		}
	}
	return all
}

// shadow is a rule because of which the set never tells the one at i, nil if none
// certainly is.
func (s *Set) shadow(i int) *Rule {
	r := s.rules[i]
	if s.matching != First || len(r.calls) == 0 {
		return nil
	}
	for k, other := range s.rules {
		if k != i && (other.Action > r.Action || k < i && other.Action == r.Action) && other.covers(r) {
			return other
		}
	}
	return nil
}

// covers reports whether the rule certainly matches every event that another
// enabled rule matches.
func (r *Rule) covers(other *Rule) bool {
	for typ, c := range other.calls {
		if mine := r.calls[typ]; mine == nil || !condition.Implies(c.expr, mine.expr) {
			return false
		}
	}
	return true
}

// racing are fields on which a verdict rests although they can change, and the
// calls on which it does.
type racing struct{ fields, calls []string }

func (r *Rule) racing(abis []syscalls.ABI) (all []racing) {
	for _, typ := range r.Calls() {
		on := make(map[string][]string) // ABIs by fields
		var order [][]string
		there := 0
		for _, abi := range abis {
			if len(syscalls.Entries(abi, typ)) == 0 {
				continue
			}
			there++
			if fields := unstable(r.calls[typ].expr, typ, abi); len(fields) > 0 {
				key := strings.Join(fields, " ")
				if on[key] == nil {
					order = append(order, fields)
				}
				on[key] = append(on[key], abi.String())
			}
		}
		for _, fields := range order {
			call := typ
			if found := on[strings.Join(fields, " ")]; len(found) < there {
				call += " (" + strings.Join(found, ", ") + ")"
			}
			i := slices.IndexFunc(all, func(o racing) bool { return slices.Equal(o.fields, fields) })
			if i < 0 {
				i, all = len(all), append(all, racing{fields: fields})
			}
			all[i].calls = append(all[i].calls, call)
		}
	}
	return all
}

// unstable are the fields that make a verdict on the call BestEffort, each once.
func unstable(x condition.Expr, evtType string, abi syscalls.ABI) (names []string) {
	condition.Fields(x, func(f event.Ref) {
		if name := f.String(); !stable(f, evtType, abi) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	})
	return names
}
