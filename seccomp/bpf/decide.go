package bpf

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// decide assembles a call's rules, reduced and in order.
func decide(a *assembler, rules []seccomp.Rule) label {
	if at, ok := a.known(rules); ok {
		return at
	}
	next := a.ret(seccomp.Allow)
	for i := len(rules); i > 0; {
		n := alike(rules[:i])
		next = oneOf(a, rules[i-n:i], next)
		i -= n
	}
	a.remember(rules, next)
	return next
}

// alike is how many rules at the end compare the same bits of the same half of
// a register, so that it need be read only once; at least 1.
func alike(rules []seccomp.Rule) int {
	last := rules[len(rules)-1].Cube
	if len(last) != 1 || last[0].Mask>>32 != 0 && uint32(last[0].Mask) != 0 {
		return 1
	}
	n := 1
	for _, r := range slices.Backward(rules[:len(rules)-1]) {
		if len(r.Cube) != 1 || r.Cube[0].Arg != last[0].Arg || r.Cube[0].Mask != last[0].Mask {
			break
		}
		n++
	}
	return n
}

// oneOf assembles rules that are alike, or a single one of any kind.
func oneOf(a *assembler, rules []seccomp.Rule, next label) label {
	if len(rules) == 1 {
		hit := a.ret(rules[0].Action)
		for _, c := range slices.Backward(rules[0].Cube) {
			hit = compare(a, c, hit, next)
		}
		return hit
	}
	off, mask, shift := half(rules[0].Cube[0])
	for _, r := range slices.Backward(rules) {
		next = a.branch(unix.BPF_JEQ, uint32(r.Cube[0].Value>>shift), a.ret(r.Action), next)
	}
	if mask != ^uint32(0) {
		next = a.and(mask, next)
	}
	return a.load(off, next)
}

// half is where the half of a register lies that a mask touches. Both kinds of
// machine are little-endian: the low half comes first.
func half(c seccomp.Cmp) (off, mask uint32, shift int) {
	off = offArgs + 8*uint32(c.Arg)
	if low := uint32(c.Mask); low != 0 {
		return off, low, 0
	}
	return off + 4, uint32(c.Mask >> 32), 32
}

// compare assembles a comparison of a 64-bit register, in halves of which it
// reads only those that the mask touches. The high half of a narrower argument
// is junk that the kernel does not look at, and no more does the filter.
func compare(a *assembler, c seccomp.Cmp, hit, miss label) label {
	off := offArgs + 8*uint32(c.Arg)
	// The low half decides more often: tested first, and so assembled last.
	hit = compareHalf(a, off+4, uint32(c.Mask>>32), uint32(c.Value>>32), hit, miss)
	return compareHalf(a, off, uint32(c.Mask), uint32(c.Value), hit, miss)
}

func compareHalf(a *assembler, off, mask, value uint32, hit, miss label) label {
	switch {
	case mask == 0:
		return hit
	case mask == ^uint32(0):
		hit = a.branch(unix.BPF_JEQ, value, hit, miss)
	case value == 0: // no bit of the mask is set
		hit = a.branch(unix.BPF_JSET, mask, miss, hit)
	case value == mask && mask&(mask-1) == 0: // its only bit is set
		hit = a.branch(unix.BPF_JSET, mask, hit, miss)
	default:
		hit = a.branch(unix.BPF_JEQ, value, hit, miss)
		hit = a.and(mask, hit)
	}
	return a.load(off, hit)
}
