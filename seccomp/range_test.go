package seccomp_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
)

var widths = rapid.SampledFrom([]int{1, 3, 8, 16, 32, 63, 64})

// edgy draws numbers near powers of two, of any size.
var edgy = rapid.Custom(func(t *rapid.T) uint64 {
	return uint64(1)<<rapid.IntRange(0, 63).Draw(t, "power") + rapid.Uint64Range(0, 4).Draw(t, "off") - 2
})

func TestRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := widths.Draw(t, "width")
		lo, hi, v := edgy.Draw(t, "lo"), edgy.Draw(t, "hi"), edgy.Draw(t, "v")
		ranges := seccomp.Range(1, width, lo, hi)
		if limit := max(1, 2*width-2); len(ranges) > limit {
			t.Fatalf("%d cubes, want at most %d", len(ranges), limit)
		}
		x := v
		if width < 64 {
			x &= 1<<width - 1
		}
		want := 0
		if lo <= x && x <= hi {
			want = 1
		}
		// v whole: what lies above the width must not matter.
		if got := anyHolds(ranges, &[6]uint64{1: v}); got != want {
			t.Fatalf("%#x at width %d is in %d cubes of [%#x, %#x], want %d: %v", v, width, got, lo, hi, want, ranges)
		}
	})
}

func TestRangeExamples(t *testing.T) {
	for _, tt := range []struct {
		got  []seccomp.Cube
		want string
	}{
		{seccomp.Range(0, 32, 0, 2), "arg0 & 0xfffffffe == 0x0; arg0 & 0xffffffff == 0x2; "},
		{seccomp.Range(0, 32, 5, 4), ""},
		{seccomp.Range(0, 32, 1<<32, 1<<33), ""},
		{seccomp.Range(0, 32, 0, math.MaxUint64), "always; "},
		{seccomp.Range(0, 64, 0, math.MaxUint64), "always; "},
		{seccomp.Range(0, 64, math.MaxUint64, math.MaxUint64), "arg0 == 0xffffffffffffffff; "},
	} {
		if got := sprint(tt.got); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
