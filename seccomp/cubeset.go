package seccomp

import (
	"cmp"
	"math/bits"
	"slices"
)

// low is a mask of the n lowest bits.
func low(n int) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return 1<<n - 1
}

// Range is the set lo <= x <= hi, where x is the low width bits of a register
// as an unsigned number: at most 2*width-2 cubes, of which no two share a
// call. Bounds beyond the width are cut; lo > hi is the empty set.
func Range(arg uint8, width int, lo, hi uint64) []Cube {
	all := low(width)
	hi = min(hi, all)
	if lo == 0 && hi == all {
		return []Cube{nil}
	}
	var out []Cube
	for lo <= hi {
		// The largest aligned block that starts at lo and ends within hi.
		n := min(bits.TrailingZeros64(lo), width)
		for n > 0 && low(n) > hi-lo {
			n--
		}
		out = append(out, Cube{{arg, all &^ low(n), lo}})
		next := lo + low(n) + 1
		if next <= lo {
			break // the block ended at the largest number of all
		}
		lo = next
	}
	return out
}

// Union is the same set of calls with fewer cubes: without those that can
// never hold or lie inside another, and with pairs that differ in one bit's
// value joined. It is no minimum, but it is deterministic: the same set of
// cubes in any order gives the same result.
func Union(cubes []Cube) []Cube {
	var out []Cube
	for _, c := range cubes {
		if n, possible := c.Normalize(); possible {
			out = append(out, n)
		}
	}
	for joined := true; joined; {
		slices.SortFunc(out, compareCubes)
		out = withoutCovered(out)
		out, joined = joinPairs(out)
	}
	return out
}

// withoutCovered drops cubes that another contains. Of two equal cubes the
// first stays.
func withoutCovered(cubes []Cube) []Cube {
	var out []Cube
	for i, c := range cubes {
		covered := false
		for j, d := range cubes {
			if i != j && d.containsNormal(c) && (j < i || !c.containsNormal(d)) {
				covered = true
				break
			}
		}
		if !covered {
			out = append(out, c)
		}
	}
	return out
}

// joinPairs replaces pairs that differ in one bit's value by the cube without
// that bit, each cube at most once.
func joinPairs(cubes []Cube) (out []Cube, joined bool) {
	used := make([]bool, len(cubes))
	for i, c := range cubes {
		for j := i + 1; j < len(cubes) && !used[i]; j++ {
			if used[j] {
				continue
			}
			if both, ok := join(c, cubes[j]); ok {
				c, used[j], joined = both, true, true
				break
			}
		}
		if !used[i] {
			out = append(out, c)
		}
	}
	return out, joined
}

func join(a, b Cube) (Cube, bool) {
	if len(a) != len(b) {
		return nil, false
	}
	at := -1
	for i := range a {
		if a[i].Arg != b[i].Arg || a[i].Mask != b[i].Mask {
			return nil, false
		}
		if a[i].Value == b[i].Value {
			continue
		}
		if at >= 0 || bits.OnesCount64(a[i].Value^b[i].Value) != 1 {
			return nil, false
		}
		at = i
	}
	if at < 0 {
		return nil, false
	}
	c := slices.Clone(a)
	bit := a[at].Value ^ b[at].Value
	c[at].Mask &^= bit
	c[at].Value &^= bit
	if c[at].Mask == 0 {
		c = slices.Delete(c, at, at+1)
	}
	return c, true
}

func compareCubes(a, b Cube) int {
	return slices.CompareFunc(a, b, func(x, y Cmp) int {
		return cmp.Or(cmp.Compare(x.Arg, y.Arg), cmp.Compare(x.Mask, y.Mask), cmp.Compare(x.Value, y.Value))
	})
}
