package seccomp

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Cmp is a masked comparison on one register: Args[Arg] & Mask == Value.
// It is the only comparison there is, because it is the only one that both
// cBPF and every OCI runtime can express exactly.
type Cmp struct {
	Arg         uint8
	Mask, Value uint64
}

// Holds reports whether the registers satisfy the comparison. One on a
// register that does not exist never holds; Validate refuses it.
func (c Cmp) Holds(args *[6]uint64) bool {
	return int(c.Arg) < len(args) && args[c.Arg]&c.Mask == c.Value
}

// String is the comparison as explain prints it: arg1 & 0x3 == 0x1.
func (c Cmp) String() string {
	if c.Mask == ^uint64(0) {
		return fmt.Sprintf("arg%d == %#x", c.Arg, c.Value)
	}
	return fmt.Sprintf("arg%d & %#x == %#x", c.Arg, c.Mask, c.Value)
}

// Cube is a conjunction of comparisons; the empty cube is always true.
type Cube []Cmp

// Holds reports whether the registers satisfy every comparison.
func (c Cube) Holds(args *[6]uint64) bool {
	for _, m := range c {
		if !m.Holds(args) {
			return false
		}
	}
	return true
}

// String joins the comparisons by "and"; the empty cube is "always".
func (c Cube) String() string {
	if len(c) == 0 {
		return "always"
	}
	parts := make([]string, len(c))
	for i, m := range c {
		parts[i] = m.String()
	}
	return strings.Join(parts, " and ")
}

// Normalize is the same cube with one comparison per register at most, ordered
// by register, none of them empty. Two cubes are equal if and only if they are
// normalised to the same comparisons. False: the cube can never hold.
func (c Cube) Normalize() (Cube, bool) {
	out := make(Cube, 0, len(c))
	for _, m := range c {
		if m.Value&^m.Mask != 0 {
			return nil, false
		}
		if m.Mask == 0 {
			continue
		}
		i := slices.IndexFunc(out, func(o Cmp) bool { return o.Arg == m.Arg })
		if i < 0 {
			out = append(out, m)
			continue
		}
		if (out[i].Value^m.Value)&out[i].Mask&m.Mask != 0 {
			return nil, false
		}
		out[i].Mask |= m.Mask
		out[i].Value |= m.Value
	}
	if len(out) == 0 {
		return nil, true
	}
	slices.SortFunc(out, func(a, b Cmp) int { return cmp.Compare(a.Arg, b.Arg) })
	return out, true
}

// Intersect is the cube of the calls that are in both; false if there are none.
func (c Cube) Intersect(d Cube) (Cube, bool) {
	if c.differs(d) {
		return nil, false // most pairs of a merge end here
	}
	return slices.Concat(c, d).Normalize()
}

// differs reports whether two comparisons of one register want different bits.
func (c Cube) differs(d Cube) bool {
	for _, m := range c {
		for _, k := range d {
			if m.Arg == k.Arg && (m.Value^k.Value)&m.Mask&k.Mask != 0 {
				return true
			}
		}
	}
	return false
}

// Contains reports whether every call in d is also in c.
func (c Cube) Contains(d Cube) bool {
	d, possible := d.Normalize()
	if !possible {
		return true
	}
	c, possible = c.Normalize()
	return possible && c.containsNormal(d)
}

// containsNormal is Contains for two normalised cubes.
func (c Cube) containsNormal(d Cube) bool {
	for _, m := range c {
		i := slices.IndexFunc(d, func(o Cmp) bool { return o.Arg == m.Arg })
		if i < 0 || m.Mask&^d[i].Mask != 0 || d[i].Value&m.Mask != m.Value {
			return false
		}
	}
	return true
}

// Complement is the set of the calls outside the cube, as cubes of which no
// two share a call. It has one cube for each bit that c compares.
func (c Cube) Complement() []Cube {
	c, possible := c.Normalize()
	if !possible {
		return []Cube{nil}
	}
	var out []Cube
	for i, m := range c {
		// Calls that agree with everything before this bit and differ in it.
		agreed := Cmp{Arg: m.Arg}
		for rest := m.Mask; rest != 0; {
			bit := uint64(1) << (63 - bits.LeadingZeros64(rest))
			rest &^= bit
			differs := Cmp{m.Arg, agreed.Mask | bit, agreed.Value | ^m.Value&bit}
			out = append(out, append(slices.Clone(c[:i]), differs))
			agreed.Mask |= bit
			agreed.Value |= m.Value & bit
		}
	}
	return out
}
