package oci

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
)

// In a profile that denies by default, what is allowed beside a notified value
// must be spelled out: some 30 rules for one number in one register, and
// libseccomp takes 10 ms for them. To compare fewer bits notifies more calls,
// which the supervisor lets through, and leaves fewer rules: dup2(2) to 0, 1, 2
// or 16, say, instead of to 0, 1, 2 alone.

// enough is how many rules of one call cost libseccomp so little that it is not
// worth to notify more calls for less. Each costs some 0.1 ms, at every start and
// exec. openat(2) needs five in a profile that denies by default.
const enough = 5

// widths are the bits of one register to which comparisons are cut, one after
// the other, until there are few enough rules.
var widths = []int{8, 6, 5, 4, 3, 2, 1}

// cheaper are rules that intercept at least as much of a call as those given,
// and are fewer, if there are such.
func (m *merger) cheaper(name string, rules []specs.LinuxSyscall) []specs.LinuxSyscall {
	wanted := m.wants[name]
	if wants(wanted, func(a seccomp.Action) bool { return !either(a) }) {
		return rules // what is notified could grow into what is refused
	}
	defer func() { m.wants[name] = wanted }()
	for _, width := range widths {
		if len(rules) <= enough {
			return rules
		}
		m.wants[name] = blurred(wanted, width)
		// It can be refused: more than is wanted may be what the runtime needs.
		if added, _, err := m.written(name); err == nil && len(added) < len(rules) {
			rules = added
		}
	}
	if len(rules) > enough {
		if added, err := m.wholly(name); err == nil && len(added) < len(rules) {
			return added
		}
	}
	return rules
}

// blurred is interest in which what is notified compares no more than a number
// of bits of each register: the lowest that the call's rules compare. What is
// allowed stays exact. None of it may be refused.
func blurred(list []onABI, width int) []onABI {
	var compared [6]uint64
	for _, o := range list {
		for _, r := range o.rules {
			for _, k := range r.Cube {
				compared[k.Arg] |= k.Mask
			}
		}
	}
	for arg := range compared {
		compared[arg] = lowest(compared[arg], width)
	}
	out := make([]onABI, len(list))
	for i, o := range list {
		out[i].abi = o.abi
		for _, r := range o.rules {
			if r.Action == seccomp.Notify {
				r.Cube = kept(r.Cube, &compared)
			}
			out[i].rules = append(out[i].rules, r)
		}
	}
	return out
}

// lowest are the lowest n of the bits that are set.
func lowest(set uint64, n int) (out uint64) {
	for range n {
		out |= set & -set
		set &= set - 1
	}
	return out
}

// kept is the part of a cube that compares certain bits.
func kept(cube seccomp.Cube, keep *[6]uint64) (out seccomp.Cube) {
	for _, k := range cube {
		k.Mask &= keep[k.Arg]
		k.Value &= k.Mask
		if k.Mask != 0 {
			out = append(out, k)
		}
	}
	return out
}
