package oci

import (
	"slices"

	"github.com/callgate/callgate/seccomp"
)

// cell is a part of the calls of one name: those whose registers in high have
// an upper half that is not zero, and whose other registers in split have one
// that is (see condition.go). Both are sets of registers, as bits.
type cell struct{ split, high uint8 }

// maxSplit bounds the registers of one name that are seen in cells.
const maxSplit = 3

// cells are those into which the conditions of a call's rules divide its calls.
func cells(name string, list []rule) ([]cell, error) {
	var split uint8
	n := 0
	for _, r := range list {
		for _, c := range r.conds {
			if !c.plain() {
				return nil, refuse(name, ErrInexact, "a condition on register %d compares parts of its upper half, "+
					"which 32-bit architectures do not have", c.arg)
			}
			if c.upper() && split&(1<<c.arg) == 0 {
				split |= 1 << c.arg
				n++
			}
		}
	}
	if n > maxSplit {
		return nil, refuse(name, ErrInexact, "conditions compare %d registers to their full width", n)
	}
	var out []cell
	for high := range uint8(1 << 6) {
		if high&^split == 0 {
			out = append(out, cell{split, high})
		}
	}
	return out, nil
}

// alternatives are disjoint cubes over lower halves where a rule holds in the
// cell.
func (c cell) alternatives(r rule) ([]seccomp.Cube, error) {
	out := []seccomp.Cube{nil}
	for _, k := range r.conds {
		if c.high&(1<<k.arg) != 0 {
			if !k.upper() {
				return nil, refuse(r.name, ErrInexact, "register %d is compared to its full width, and also in its lower half alone", k.arg)
			}
			if !k.high() {
				return nil, nil
			}
			continue
		}
		var next []seccomp.Cube
		for _, have := range out {
			for _, more := range k.low() {
				if both, ok := have.Intersect(more); ok {
					next = append(next, both)
				}
			}
		}
		if out = next; len(out) > maxPieces {
			return nil, tooMany(r.name)
		}
	}
	return out, nil
}

// meaning is what a call's rules say in a cell, as disjoint cubes for all of
// its calls.
func (c cell) meaning(name string, list []rule, rest seccomp.Action) ([]seccomp.Rule, error) {
	if r, ok := unconditional(list); ok {
		return []seccomp.Rule{{Action: r.action}}, nil
	}
	if !tame(list) {
		return nil, refuse(name, ErrAmbiguous, "libseccomp loses rules when several compare by order or inequality")
	}
	var flat []seccomp.Rule
	for _, r := range list {
		cubes, err := c.alternatives(r)
		if err != nil {
			return nil, err
		}
		for _, cube := range cubes {
			if contradicted(flat, cube, r.action) {
				return nil, refuse(name, ErrAmbiguous, "two conditions hold for the same call")
			}
			flat = append(flat, seccomp.Rule{Cube: cube, Action: r.action})
		}
		if len(flat) > maxPieces {
			return nil, tooMany(name)
		}
	}
	pieces, ok := partition(flat, rest)
	if !ok {
		return nil, tooMany(name)
	}
	return pieces, nil
}

// contradicted reports whether rules say something else of a call in the cube.
func contradicted(rules []seccomp.Rule, cube seccomp.Cube, action seccomp.Action) bool {
	return slices.ContainsFunc(rules, func(o seccomp.Rule) bool {
		_, meet := o.Cube.Intersect(cube)
		return meet && o.Action != action
	})
}

func tooMany(name string) error {
	return refuse(name, ErrInexact, "it would take too many rules")
}
