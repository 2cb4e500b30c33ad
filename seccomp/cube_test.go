package seccomp_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
)

// Cubes and calls of the property tests use few registers and bits, so that
// they meet.
var (
	words = rapid.Custom(func(t *rapid.T) uint64 {
		low := rapid.Uint64Range(0, 7).Draw(t, "low")
		return low | rapid.SampledFrom([]uint64{0, 1 << 31, 1 << 32, 1 << 63, 3 << 31}).Draw(t, "high")
	})
	cmps = rapid.Custom(func(t *rapid.T) seccomp.Cmp {
		mask := words.Draw(t, "mask")
		return seccomp.Cmp{Arg: rapid.Uint8Range(0, 2).Draw(t, "arg"), Mask: mask, Value: words.Draw(t, "value") & mask}
	})
	cubes = rapid.Custom(func(t *rapid.T) seccomp.Cube {
		return rapid.SliceOfN(cmps, 0, 4).Draw(t, "cmps")
	})
	calls = rapid.Custom(func(t *rapid.T) *[6]uint64 {
		return &[6]uint64{words.Draw(t, "0"), words.Draw(t, "1"), words.Draw(t, "2")}
	})
)

func anyHolds(list []seccomp.Cube, args *[6]uint64) (n int) {
	for _, c := range list {
		if c.Holds(args) {
			n++
		}
	}
	return n
}

func TestNormalizeKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, args := cubes.Draw(t, "cube"), calls.Draw(t, "args")
		n, possible := c.Normalize()
		if got := possible && n.Holds(args); got != c.Holds(args) {
			t.Fatalf("%v is %v (%v): %v on %v", c, n, possible, got, args)
		}
		if !possible {
			return
		}
		for i, m := range n {
			if m.Mask == 0 || i > 0 && n[i-1].Arg >= m.Arg {
				t.Fatalf("%v is not normal", n)
			}
		}
		if witness := satisfy(n); !c.Holds(witness) {
			t.Fatalf("%v is said to be possible, but not on %v", c, witness)
		}
	})
}

func satisfy(c seccomp.Cube) *[6]uint64 {
	var args [6]uint64
	for _, m := range c {
		args[m.Arg] |= m.Value
	}
	return &args
}

func TestIntersect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, d, args := cubes.Draw(t, "c"), cubes.Draw(t, "d"), calls.Draw(t, "args")
		both, possible := c.Intersect(d)
		if want := c.Holds(args) && d.Holds(args); (possible && both.Holds(args)) != want {
			t.Fatalf("%v and %v is %v (%v)", c, d, both, possible)
		}
	})
}

func TestContains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, d, args := cubes.Draw(t, "c"), cubes.Draw(t, "d"), calls.Draw(t, "args")
		contains := c.Contains(d)
		if contains && d.Holds(args) && !c.Holds(args) {
			t.Fatalf("%v does not contain %v", c, d)
		}
		// d lies inside c exactly where nothing of it lies outside.
		outside := false
		for _, o := range c.Complement() {
			_, meets := o.Intersect(d)
			outside = outside || meets
		}
		if contains == outside {
			t.Fatalf("%v contains %v: %v, but outside: %v", c, d, contains, outside)
		}
	})
}

func TestComplement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, args := cubes.Draw(t, "cube"), calls.Draw(t, "args")
		want := 1
		if c.Holds(args) {
			want = 0
		}
		if got := anyHolds(c.Complement(), args); got != want {
			t.Fatalf("%v holds in %d cubes of the complement of %v, want %d", args, got, c, want)
		}
	})
}

func TestUnion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(cubes, 0, 12).Draw(t, "cubes")
		args := calls.Draw(t, "args")
		union := seccomp.Union(list)
		if (anyHolds(list, args) > 0) != (anyHolds(union, args) > 0) {
			t.Fatalf("the union of %v is %v: differs on %v", list, union, args)
		}
		if len(union) > len(list) {
			t.Fatalf("the union of %v is longer: %v", list, union)
		}
		shuffled := rapid.Permutation(list).Draw(t, "shuffled")
		if again := seccomp.Union(shuffled); sprint(again) != sprint(union) {
			t.Fatalf("the order matters: %v, %v", union, again)
		}
	})
}

func TestUnionJoins(t *testing.T) {
	for _, tt := range []struct {
		cubes []seccomp.Cube
		want  string
	}{
		{nil, ""},
		{[]seccomp.Cube{{{0, 3, 1}}, {{0, 3, 2}}}, "arg0 & 0x3 == 0x1; arg0 & 0x3 == 0x2; "},
		{[]seccomp.Cube{{{0, 3, 2}}, {{0, 3, 3}}}, "arg0 & 0x2 == 0x2; "},
		{[]seccomp.Cube{{{0, 3, 0}}, {{0, 3, 1}}, {{0, 3, 2}}, {{0, 3, 3}}}, "always; "},
		{[]seccomp.Cube{{{0, 1, 1}, {1, 1, 0}}, {{0, 1, 1}, {1, 1, 1}}}, "arg0 & 0x1 == 0x1; "},
		{[]seccomp.Cube{{{0, 1, 1}, {1, 1, 0}}, {{0, 1, 1}}}, "arg0 & 0x1 == 0x1; "},
		{[]seccomp.Cube{{{0, 1, 1}, {0, 1, 0}}}, ""},
		{[]seccomp.Cube{{{2, 5, 5}}, {}}, "always; "},
	} {
		if got := sprint(seccomp.Union(tt.cubes)); got != tt.want {
			t.Errorf("Union(%v) = %q, want %q", tt.cubes, got, tt.want)
		}
	}
}

func sprint(list []seccomp.Cube) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.String() + "; ")
	}
	return b.String()
}
