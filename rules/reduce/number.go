package reduce

import (
	"cmp"
	"math"
	"slices"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// span is an interval of values, both ends included.
type span struct{ lo, hi int }

// known is every value but the one that stands for a missing field.
var known = span{event.Missing + 1, math.MaxInt}

// number reduces a comparison of an argument as a number.
func (r reducer) number(i int, t *condition.Test) outcome {
	var spans []span
	switch t.Op {
	case condition.Equal:
		spans = equal(t)
	case condition.Less:
		spans = below(t.Numbers[0], false)
	case condition.LessEqual:
		spans = below(t.Numbers[0], true)
	case condition.Greater:
		spans = gaps(below(t.Numbers[0], true))
	case condition.GreaterEqual:
		spans = gaps(below(t.Numbers[0], false))
	}
	if t.Neg {
		spans = gaps(spans)
	}
	yes := r.raws(i, spans)
	return outcome{r.ranges(i, yes), r.ranges(i, r.otherRaws(i, yes))}
}

// equal are the values that fit a comparison for equality: it says of each
// literal whether it fits, and the same of all other values.
func equal(t *condition.Test) []span {
	var fitting, all []span
	other := 0
	for _, n := range slices.Sorted(slices.Values(t.Numbers)) {
		if n == other {
			other++
		}
		all = append(all, span{n, n})
		if t.FitsNumber(n) {
			fitting = append(fitting, span{n, n})
		}
	}
	if t.FitsNumber(other) {
		fitting = append(fitting, gaps(all)...)
	}
	return fitting
}

// below are the values less than n, or equal to it.
func below(n int, equal bool) []span {
	if equal {
		return []span{{known.lo, n}}
	}
	if n == math.MinInt {
		return nil
	}
	return []span{{known.lo, n - 1}}
}

// gaps are the values in none of the spans.
func gaps(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	var out []span
	lo := known.lo
	for _, s := range spans {
		if s.hi < lo {
			continue
		}
		if s.lo > lo {
			out = append(out, span{lo, s.lo - 1})
		}
		if s.hi == math.MaxInt {
			return out
		}
		lo = s.hi + 1
	}
	return append(out, span{lo, known.hi})
}

// raw is an interval of what a register's bits are, unsigned.
type raw struct{ lo, hi uint64 }

// piece says which values a run of register contents has: the first has value,
// and each further one the next.
type piece struct {
	raw
	value int
}

// pieces is Kind.Value as data. A 64-bit argument is shown as a signed number,
// whatever its kind, and the smallest of those stands for a missing field.
func (r reducer) pieces(i int) []piece {
	kind := r.call.Args[i].Kind
	w := r.width(i)
	top := r.mask(i)
	half := uint64(1) << (w - 1)
	switch {
	case w == 64:
		return []piece{{raw{0, half - 1}, 0}, {raw{half + 1, top}, event.Missing + 1}}
	case kind == syscalls.ID16:
		return []piece{{raw{0, 0xfffe}, 0}, {raw{0xffff, 0xffff}, 0xffffffff}}
	case kind.Signed():
		return []piece{{raw{0, half - 1}, 0}, {raw{half, top}, -int(half)}} //nolint:gosec // at most 2^31
	}
	return []piece{{raw{0, top}, 0}}
}

// raws are the register contents whose value is in the spans.
func (r reducer) raws(i int, spans []span) []raw {
	var out []raw
	for _, p := range r.pieces(i) {
		last := p.value + int(p.hi-p.lo) //nolint:gosec // a piece is at most half of the range
		for _, s := range spans {
			lo, hi := max(s.lo, p.value), min(s.hi, last)
			if lo <= hi {
				out = append(out, raw{p.lo + uint64(lo-p.value), p.lo + uint64(hi-p.value)}) //nolint:gosec // lo >= value
			}
		}
	}
	return out
}

// otherRaws are all other contents of the register.
func (r reducer) otherRaws(i int, raws []raw) []raw {
	slices.SortFunc(raws, func(a, b raw) int { return cmp.Compare(a.lo, b.lo) })
	var out []raw
	next, top := uint64(0), r.mask(i)
	for _, s := range raws {
		if s.lo > next {
			out = append(out, raw{next, s.lo - 1})
		}
		if s.hi == top {
			return out
		}
		next = max(next, s.hi+1)
	}
	return append(out, raw{next, top})
}

func (r reducer) ranges(i int, raws []raw) []seccomp.Cube {
	var cubes []seccomp.Cube
	for _, s := range raws {
		if len(cubes) > 8*MaxCubes {
			return always
		}
		cubes = append(cubes, seccomp.Range(register(i), r.width(i), s.lo, s.hi)...)
	}
	return limit(cubes)
}
