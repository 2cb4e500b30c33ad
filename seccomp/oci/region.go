package oci

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/callgate/callgate/seccomp"
)

// maxPieces bounds the cubes into which one call is cut on the way to its rules.
const maxPieces = 1024

// subtract is the part of pairwise disjoint cubes that lies outside d, again
// pairwise disjoint.
func subtract(cubes []seccomp.Cube, d seccomp.Cube) []seccomp.Cube {
	var out []seccomp.Cube
	for _, c := range cubes {
		if _, meet := c.Intersect(d); !meet {
			out = append(out, c)
			continue
		}
		for _, rest := range outside(beyond(c, d)) {
			if piece, ok := c.Intersect(rest); ok {
				out = append(out, piece)
			}
		}
	}
	return out
}

// beyond is what d compares and c leaves open.
func beyond(c, d seccomp.Cube) seccomp.Cube {
	var open seccomp.Cube
	for _, m := range d {
		for _, k := range c {
			if k.Arg == m.Arg {
				m.Mask &^= k.Mask
				m.Value &^= k.Mask
			}
		}
		if m.Mask != 0 {
			open = append(open, m)
		}
	}
	return open
}

// outside is the complement of a cube, like Cube.Complement. Registers of which
// few bits are compared come first: only their cubes leave other registers open,
// and those are written twice (see sameRegisters).
func outside(d seccomp.Cube) (out []seccomp.Cube) {
	d = slices.Clone(d)
	slices.SortStableFunc(d, func(a, b seccomp.Cmp) int {
		return cmp.Compare(bits.OnesCount64(a.Mask), bits.OnesCount64(b.Mask))
	})
	for i, m := range d {
		for _, differs := range (seccomp.Cube{m}).Complement() {
			if piece, ok := differs.Intersect(d[:i]); ok {
				out = append(out, piece)
			}
		}
	}
	return out
}

// partition cuts all calls into pairwise disjoint cubes with one action each:
// of rules of which the first that holds decides, and rest where none does.
// False: into too many.
func partition(rules []seccomp.Rule, rest seccomp.Action) ([]seccomp.Rule, bool) {
	var out []seccomp.Rule
	remaining := []seccomp.Cube{nil}
	for _, r := range append(rules[:len(rules):len(rules)], seccomp.Rule{Action: rest}) {
		for _, c := range remaining {
			if piece, ok := c.Intersect(r.Cube); ok {
				out = append(out, seccomp.Rule{Cube: piece, Action: r.Action})
			}
		}
		remaining = subtract(remaining, r.Cube)
		if len(out)+len(remaining) > maxPieces {
			return nil, false
		}
	}
	return out, true
}

// joined is the same partition with fewer pieces, ordered by action as they
// first appear.
func joined(pieces []seccomp.Rule) []seccomp.Rule {
	var order []seccomp.Action
	cubes := make(map[seccomp.Action][]seccomp.Cube)
	for _, p := range pieces {
		if _, ok := cubes[p.Action]; !ok {
			order = append(order, p.Action)
		}
		cubes[p.Action] = append(cubes[p.Action], p.Cube)
	}
	var out []seccomp.Rule
	for _, a := range order {
		for _, c := range seccomp.Union(cubes[a]) {
			out = append(out, seccomp.Rule{Cube: c, Action: a})
		}
	}
	return out
}
