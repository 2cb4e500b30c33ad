package oci

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Not every list of rules means to libseccomp 2.5.4 what it says. Two of its
// faults shape what a merge reads and writes:
//
//   - Rules that compare by order or inequality share nodes, of which one
//     action is kept (db.c, _db_tree_add); some lists it never finishes.
//   - Code for a comparison is written once for all calls that have it with the
//     same outcome, and relies on the register that was loaded before. When it
//     is reached in one call from a comparison of the same register, and in
//     another from a condition on a further register, it compares the wrong one
//     there (gen_bpf.c, _gen_bpf_build_bpf, which looks at the first way only).
//
// The second can't happen when the rules of each call compare the same
// registers: then code that relies on a register is always reached from further
// ones first. It goes across calls, so that rules which a merge adds can break
// others that it leaves alone. These are written anew too.

// tame reports whether a call's rules can be believed. With several rules that
// are not all for equality, only those of one comparison each of the same
// register can, when one of them is not for equality, or all say the same.
func tame(list []rule) bool {
	odd, single := 0, 0
	for _, r := range list {
		if slices.ContainsFunc(r.conds, func(c comparison) bool { return !c.equality() && !c.beyondLow() }) {
			odd++
		}
		if len(r.conds) == 1 && r.conds[0].arg == list[0].conds[0].arg {
			single++
		}
	}
	same := !slices.ContainsFunc(list, func(r rule) bool { return r.action != list[0].action })
	return odd == 0 || len(list) == 1 || single == len(list) && (odd == 1 || same)
}

// clean reports whether rules compile to what they say whatever rules other
// calls have, if those are clean as well. One rule of a single register may be
// for all values above one (see tail.go).
func clean(list []rule) bool {
	if _, ok := unconditional(list); ok || len(list) < 2 {
		return true
	}
	odd, tails := 0, 0
	for _, r := range list {
		for _, c := range r.conds {
			if c.equality() || c.beyondLow() {
				continue
			}
			odd++
			if len(r.conds) == 1 && c.op == specs.OpGreaterThan {
				tails++
			}
		}
	}
	return uniform(list) && (odd == 0 || odd == 1 && tails == 1)
}

// uniform reports whether all rules compare the same registers.
func uniform(list []rule) bool {
	registers := func(r rule) (set uint8) {
		for _, c := range r.conds {
			set |= 1 << c.arg
		}
		return set
	}
	return !slices.ContainsFunc(list, func(r rule) bool { return registers(r) != registers(list[0]) })
}

func (c comparison) equality() bool { return c.op == specs.OpEqualTo || c.op == specs.OpMaskedEqual }

// beyondLow reports whether this is how a merge says that an upper half is not
// zero.
func (c comparison) beyondLow() bool { return c.op == specs.OpGreaterThan && c.value == lowHalf }
