package oci

import (
	"math/bits"

	"github.com/callgate/callgate/seccomp"
)

// A range without an upper bound, such as "every family above 40", takes some
// 30 cubes, and one comparison by order. libseccomp compiles one such rule of a
// call as it does what a merge says of upper halves, when there is no other and
// all of the call's rules compare that one register.

// tailed is the same meaning of a call, with one comparison in place of the
// cubes for all values above one and for upper halves that are not zero. The
// rules must be for all calls, those of the default action included.
func tailed(rules []located) []located {
	arg, action, ok := onlyRegister(rules)
	if !ok {
		return rules
	}
	above, differs := uint64(0), false
	for _, l := range rules {
		if l.cell.high == 0 && l.rule.Action != action {
			above, differs = max(above, highest(l.rule.Cube)), true
		}
	}
	if !differs || above == lowHalf {
		return rules
	}
	var out []located
	var below []seccomp.Rule
	for _, l := range rules {
		switch {
		case l.cell.high != 0:
			l.tail, l.above = true, above
			out = append(out, l)
		case l.rule.Action != action:
			out = append(out, l)
		default:
			for _, r := range seccomp.Range(arg, 32, 0, above) {
				if cube, meet := l.rule.Cube.Intersect(r); meet {
					below = append(below, seccomp.Rule{Cube: cube, Action: action})
				}
			}
		}
	}
	for _, r := range joined(below) {
		out = append(out, located{cell: cell{split: 1 << arg}, rule: r})
	}
	return out
}

// onlyRegister is the one register that rules compare, whose upper half
// matters, and their action when that is not zero.
func onlyRegister(rules []located) (arg uint8, action seccomp.Action, ok bool) {
	for _, l := range rules {
		if bits.OnesCount8(l.cell.split) != 1 {
			return 0, 0, false
		}
		arg = uint8(bits.TrailingZeros8(l.cell.split)) //nolint:gosec // less than 8
		for _, m := range l.rule.Cube {
			if m.Arg != arg {
				return 0, 0, false
			}
		}
		if l.cell.high == 0 {
			continue
		}
		if ok || len(l.rule.Cube) > 0 {
			return 0, 0, false
		}
		action, ok = l.rule.Action, true
	}
	return arg, action, ok
}

// highest is the largest lower half in a cube of one register.
func highest(cube seccomp.Cube) uint64 {
	for _, m := range cube {
		return m.Value | lowHalf&^m.Mask
	}
	return lowHalf
}
