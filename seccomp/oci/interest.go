package oci

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// interests are what a filter wants of calls, by their names: rules of a
// profile have no numbers, and hold for all its architectures.
type interests map[string][]onABI

// onABI are the filter's rules for a call on one ABI.
type onABI struct {
	abi   syscalls.ABI
	rules []seccomp.Rule
}

// interestsOf are those of a filter on the ABIs that the profile lets in.
func interestsOf(f *seccomp.Filter, p *profile) (interests, error) {
	all := make(interests)
	for _, k := range f.Keys() {
		if !p.has(k.ABI) || len(f.Calls[k]) == 0 {
			continue
		}
		name, ok := syscalls.Name(k.ABI, k.NR)
		if !ok {
			return nil, refuse(k.String(), ErrInexact, "a profile names calls, and this number has no name")
		}
		all[name] = append(all[name], onABI{k.ABI, f.Calls[k]})
	}
	for name, list := range all {
		for _, abi := range f.UsedABIs() {
			_, exists := syscalls.Number(abi, name)
			known := slices.ContainsFunc(list, func(o onABI) bool { return o.abi == abi })
			if exists && !known && p.has(abi) {
				all[name] = append(all[name], onABI{abi: abi})
			}
		}
	}
	return all, nil
}

// wants reports whether one of the rules has such an action.
func wants(list []onABI, such func(seccomp.Action) bool) bool {
	return slices.ContainsFunc(list, func(o onABI) bool {
		return slices.ContainsFunc(o.rules, func(r seccomp.Rule) bool { return such(r.Action) })
	})
}

// within is what a filter wants in a cell, as disjoint cubes for all of its
// calls: Allow where it wants nothing. Where a comparison can't be seen in the
// cell, more is notified rather than less.
func (c cell) within(name string, list []onABI) ([]seccomp.Rule, error) {
	var merged []seccomp.Rule
	first := true
	for _, o := range list {
		if o.abi.Is32() && c.high != 0 {
			continue // there are no such calls
		}
		seen, err := c.views(name, o.rules)
		if err != nil {
			return nil, err
		}
		pieces, ok := partition(seen, seccomp.Allow)
		if !ok {
			return nil, tooMany(name)
		}
		if first {
			merged, first = pieces, false
			continue
		}
		if seccomp.SameRules(merged, pieces) {
			continue // as it is for most calls
		}
		if merged, err = both(name, merged, pieces); err != nil {
			return nil, err
		}
	}
	if first {
		return []seccomp.Rule{{Action: seccomp.Allow}}, nil
	}
	return merged, nil
}

// views are a filter's rules as they are seen in a cell, over lower halves
// only. A rule that allows is left out where it can't be seen exactly, one that
// notifies becomes larger; one that refuses must be exact.
func (c cell) views(name string, rules []seccomp.Rule) ([]seccomp.Rule, error) {
	var seen, unsure []seccomp.Rule
	for _, r := range rules {
		cube, blurred, possible := c.view(r.Cube)
		if !possible {
			continue
		}
		if !either(r.Action) && (blurred || contradicted(unsure, cube, r.Action)) {
			return nil, refuse(name, ErrInexact, "%v when %v depends on the upper half of a register", r.Action, r.Cube)
		}
		out := seccomp.Rule{Cube: cube, Action: r.Action}
		if blurred {
			unsure = append(unsure, out)
		}
		if !blurred || r.Action == seccomp.Notify {
			seen = append(seen, out)
		}
	}
	return seen, nil
}

// view is a cube over lower halves that holds all that the given one holds in
// the cell: more when it is blurred. Not possible: there is nothing.
func (c cell) view(cube seccomp.Cube) (low seccomp.Cube, blurred, possible bool) {
	for _, m := range cube {
		bit := uint8(1) << m.Arg
		upper := m.Mask >> 32
		switch {
		case c.high&bit != 0:
			if upper == lowHalf && m.Value>>32 == 0 {
				return nil, false, false
			}
			blurred = blurred || m.Mask != 0
			continue
		case upper == 0:
		case c.split&bit == 0:
			blurred = true
		case m.Value>>32 != 0:
			return nil, false, false
		}
		low = append(low, seccomp.Cmp{Arg: m.Arg, Mask: m.Mask & lowHalf, Value: m.Value & lowHalf})
	}
	low, possible = low.Normalize()
	return low, blurred, possible
}

// both is what two ABIs want together: what one of them notifies is notified.
// A refusal must be wanted by both.
func both(name string, a, b []seccomp.Rule) ([]seccomp.Rule, error) {
	var out []seccomp.Rule
	for _, x := range a {
		for _, y := range b {
			cube, meet := x.Cube.Intersect(y.Cube)
			if !meet {
				continue
			}
			action := x.Action
			if x.Action != y.Action {
				if !either(x.Action) || !either(y.Action) {
					return nil, refuse(name, ErrABI, "%v here, %v there", x.Action, y.Action)
				}
				action = seccomp.Notify
			}
			out = append(out, seccomp.Rule{Cube: cube, Action: action})
		}
		if len(out) > maxPieces {
			return nil, tooMany(name)
		}
	}
	return out, nil
}

func either(a seccomp.Action) bool { return a == seccomp.Notify || a == seccomp.Allow }

// refusing is the filter with the refusals that enforcing needs, where it says
// nothing itself: io_uring acts without system calls that a filter could see,
// and a second listener could continue calls in callgate's place. The flag alone
// is compared: the kernel knows it in one operation only.
func refusing(f *seccomp.Filter) *seccomp.Filter {
	out := &seccomp.Filter{ABIs: f.ABIs}
	for k, rules := range f.Calls {
		for _, r := range rules {
			out.Add(k, r.Cube, r.Action)
		}
	}
	for _, abi := range out.UsedABIs() {
		if nr, ok := syscalls.Number(abi, "io_uring_setup"); ok {
			out.Add(seccomp.Key{ABI: abi, NR: nr}, nil, seccomp.Errno(unix.ENOSYS))
		}
		if nr, ok := syscalls.Number(abi, "seccomp"); ok {
			out.Add(seccomp.Key{ABI: abi, NR: nr}, seccomp.Cube{
				{Arg: 1, Mask: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, Value: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER},
			}, seccomp.Errno(unix.EPERM))
		}
	}
	return out
}
