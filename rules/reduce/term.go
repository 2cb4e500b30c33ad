package reduce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// term tells what must hold of one argument.
type term struct {
	arg      string
	verb     string   // of names; without one and without interval arg tells it all
	names    []string // one of them, sorted as they came
	interval *interval
}

func (t term) String() string {
	switch {
	case t.interval != nil:
		return t.arg + " is " + t.interval.String()
	case t.verb == "":
		return t.arg
	}
	last := len(t.names) - 1
	if last == 0 {
		return t.arg + " " + t.verb + " " + t.names[0]
	}
	return t.arg + " " + t.verb + " " + strings.Join(t.names[:last], ", ") + " or " + t.names[last]
}

func (t term) equal(u term) bool {
	if t.arg != u.arg || t.verb != u.verb || !slices.Equal(t.names, u.names) || (t.interval == nil) != (u.interval == nil) {
		return false
	}
	return t.interval == nil || *t.interval == *u.interval
}

// or is a term that holds where one of two holds, if there is one in plain words.
func (t term) or(u term) (term, bool) {
	if t.arg != u.arg || t.verb != u.verb {
		return term{}, false
	}
	if t.interval != nil && u.interval != nil {
		i, ok := t.interval.or(*u.interval)
		return term{arg: t.arg, interval: &i}, ok
	}
	if t.verb != "is" && t.verb != "has" || len(t.names) == 0 {
		return term{}, false // "lacks A or B" could mean both
	}
	names := slices.Clone(t.names)
	for _, n := range u.names {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return term{arg: t.arg, verb: t.verb, names: names}, true
}

// interval are the values lo to hi of a number that is min to max.
type interval struct{ lo, hi, min, max int }

// newInterval are the values that differ in the free bits only, which are the
// lowest.
func newInterval(m seccomp.Cmp, a *syscalls.Arg, abi syscalls.ABI, full, free uint64) *interval {
	value := func(v uint64) int { return a.Kind.Value(abi, v) }
	i := interval{lo: value(m.Value), hi: value(m.Value | free), min: value(0), max: value(full)}
	if i.max == -1 { // signed
		i.min, i.max = value(full&^(full>>1)), value(full>>1)
	}
	return &i
}

func (i interval) String() string {
	switch {
	case i.lo == i.hi:
		return fmt.Sprint(i.lo)
	case i.lo == i.min && i.hi == -1:
		return "negative"
	case i.lo == i.min:
		return fmt.Sprintf("at most %d", i.hi)
	case i.hi == i.max:
		return fmt.Sprintf("at least %d", i.lo)
	}
	return fmt.Sprintf("%d to %d", i.lo, i.hi)
}

// or joins intervals that touch.
func (i interval) or(o interval) (interval, bool) {
	if o.lo < i.lo {
		i, o = o, i
	}
	if i.hi < i.max && o.lo > i.hi+1 {
		return interval{}, false
	}
	i.hi = max(i.hi, o.hi)
	return i, true
}
