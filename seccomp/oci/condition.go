package oci

import (
	"math"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
)

// Rules of a profile hold for all its architectures, and libseccomp cuts masks
// and values to 32 bits on those that have 32 (db.c, _db_rule_gen_32). So one
// comparison of 64 bits means different things: "not equal to 40" on x86_64,
// cut into cubes, would have some that compare only the upper half, and those
// hold always on i386. Conditions are therefore seen in two cells of each
// register whose upper half matters: there it is zero (low), or it is not
// (high). On 32-bit architectures only low cells exist. Within a cell
// everything is said by the lower 32 bits.

// lowHalf is a 32-bit register, or the lower half of one of 64.
const lowHalf = math.MaxUint32

// comparison is one condition of a profile's rule, in normal form.
type comparison struct {
	arg         uint8
	op          specs.LinuxSeccompOperator
	mask, value uint64 // mask: only of SCMP_CMP_MASKED_EQ
}

// parseComparison checks a condition. False: libseccomp drops it, because it
// compares no bits.
func parseComparison(a specs.LinuxSeccompArg) (comparison, bool, error) {
	if a.Index > 5 {
		return comparison{}, false, refuse("", ErrProfile, "register %d", a.Index)
	}
	c := comparison{arg: uint8(a.Index), op: a.Op, value: a.Value}
	switch a.Op {
	case specs.OpMaskedEqual:
		c.mask, c.value = a.Value, a.ValueTwo&a.Value
		return c, c.mask != 0, nil
	case specs.OpEqualTo, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual:
		return c, true, nil
	}
	return comparison{}, false, refuse("", ErrProfile, "unknown operator %q", a.Op)
}

// upper reports whether the upper half of the register matters.
func (c comparison) upper() bool { return c.op != specs.OpMaskedEqual || c.mask>>32 != 0 }

// plain reports whether the comparison can be seen in cells: it tells upper
// halves from zero and not from each other.
func (c comparison) plain() bool {
	if c.value>>32 != 0 {
		return false
	}
	high := c.mask >> 32
	return c.op != specs.OpMaskedEqual || high == 0 || high == lowHalf && c.mask&lowHalf != 0
}

// low is where the comparison holds when the upper half is zero: disjoint cubes
// over the lower half.
func (c comparison) low() []seccomp.Cube {
	switch c.op {
	case specs.OpMaskedEqual:
		return []seccomp.Cube{{{Arg: c.arg, Mask: c.mask & lowHalf, Value: c.value}}}
	case specs.OpEqualTo:
		return []seccomp.Cube{{{Arg: c.arg, Mask: lowHalf, Value: c.value}}}
	case specs.OpNotEqual:
		return seccomp.Cube{{Arg: c.arg, Mask: lowHalf, Value: c.value}}.Complement()
	case specs.OpLessThan:
		if c.value == 0 {
			return nil
		}
		return seccomp.Range(c.arg, 32, 0, c.value-1)
	case specs.OpLessEqual:
		return seccomp.Range(c.arg, 32, 0, c.value)
	case specs.OpGreaterThan:
		return seccomp.Range(c.arg, 32, c.value+1, lowHalf)
	default:
		return seccomp.Range(c.arg, 32, c.value, lowHalf)
	}
}

// high reports whether the comparison holds when the upper half is not zero.
func (c comparison) high() bool {
	switch c.op {
	case specs.OpNotEqual, specs.OpGreaterThan, specs.OpGreaterEqual:
		return true
	}
	return false
}

// holds is the comparison's meaning on a register, of 32 or 64 bits.
func (c comparison) holds(reg uint64, bits32 bool) bool {
	mask, value := c.mask, c.value
	if bits32 {
		reg, mask, value = reg&lowHalf, mask&lowHalf, value&lowHalf
	}
	switch c.op {
	case specs.OpMaskedEqual:
		return reg&mask == value
	case specs.OpEqualTo:
		return reg == value
	case specs.OpNotEqual:
		return reg != value
	case specs.OpLessThan:
		return reg < value
	case specs.OpLessEqual:
		return reg <= value
	case specs.OpGreaterThan:
		return reg > value
	default:
		return reg >= value
	}
}
