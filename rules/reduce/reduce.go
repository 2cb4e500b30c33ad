// Package reduce finds the part of a condition that a filter can decide: for
// one system call, the register values for which the condition can hold at all.
//
// It is partial evaluation: evt.type is known, comparisons of scalar arguments
// are sets of register values, and everything else can be true or false. So for
// each part of the condition two sets are computed, the calls where it can hold
// and those where it can fail; a negation exchanges them. Both are too large
// rather than too small: a call for which the condition holds is always inside
// the first. The property test of package rules holds them to the evaluator.
package reduce

import (
	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// MaxCubes bounds the comparisons that one rule adds to a call: a condition
// that would need more has the call intercepted always.
const MaxCubes = 64

// Calls is the set of those calls of e, decoded as evtType, for which the
// condition can hold: no cube means never, the empty cube always.
func Calls(x condition.Expr, evtType string, e syscalls.Entry) []seccomp.Cube {
	r := reducer{entry: e, call: e.Call}
	if e.Call.Type != evtType {
		// i386's socketcall: the arguments lie in memory.
		r.opaque = true
		if real, ok := syscalls.SocketCallOf(evtType); ok {
			r.call = real
		}
	}
	return r.expr(condition.ForCall(x, evtType)).yes
}

// Always reports whether a set holds every call.
func Always(cubes []seccomp.Cube) bool { return len(cubes) == 1 && len(cubes[0]) == 0 }

// outcome is where a part of a condition can hold, and where it can fail.
type outcome struct{ yes, no []seccomp.Cube }

var (
	never   []seccomp.Cube
	always  = []seccomp.Cube{nil}
	unknown = outcome{always, always}
)

func (o outcome) not() outcome { return outcome{o.no, o.yes} }

func and(a, b outcome) outcome { return outcome{intersect(a.yes, b.yes), unite(a.no, b.no)} }

func or(a, b outcome) outcome { return outcome{unite(a.yes, b.yes), intersect(a.no, b.no)} }

type reducer struct {
	entry  syscalls.Entry
	call   *syscalls.Call
	opaque bool // no register holds an argument
}

func (r reducer) expr(x condition.Expr) outcome {
	switch x := x.(type) {
	case condition.And:
		o := outcome{always, never}
		for _, y := range x {
			o = and(o, r.expr(y))
		}
		return o
	case condition.Or:
		o := outcome{never, always}
		for _, y := range x {
			o = or(o, r.expr(y))
		}
		return o
	case condition.Not:
		return r.expr(x.X).not()
	case condition.Bool:
		if x {
			return outcome{always, never}
		}
		return outcome{never, always}
	}
	return r.test(x.(*condition.Test))
}

// unite is a set that holds both.
func unite(a, b []seccomp.Cube) []seccomp.Cube {
	all := make([]seccomp.Cube, 0, len(a)+len(b))
	return limit(append(append(all, a...), b...))
}

// intersect is a set that holds what is in both. Where that takes too many
// cubes, either of the two holds it as well.
func intersect(a, b []seccomp.Cube) []seccomp.Cube {
	switch {
	case Always(a):
		return b
	case Always(b):
		return a
	}
	smaller := a
	if len(b) < len(a) {
		smaller = b
	}
	if len(a)*len(b) > 8*MaxCubes {
		return smaller
	}
	var both []seccomp.Cube
	for _, c := range a {
		for _, d := range b {
			if e, possible := c.Intersect(d); possible {
				both = append(both, e)
			}
		}
	}
	if both = seccomp.Union(both); len(both) > MaxCubes {
		return smaller
	}
	return both
}

func limit(cubes []seccomp.Cube) []seccomp.Cube {
	if cubes = seccomp.Union(cubes); len(cubes) > MaxCubes {
		return always
	}
	return cubes
}
