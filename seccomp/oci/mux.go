package oci

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// i386 has calls that stand for others, chosen by their first register. There
// libseccomp makes two rules of one for connect: one for connect's own number,
// and one for socketcall with 3 in the first register, in place of whatever the
// rule compared there (syscalls.c, abi_rule_add). The arguments of the call
// itself lie in memory, so a filter that wants some of them takes all.

// muxes are those calls: by name, what their first register stands for.
var muxes = map[string]map[string]uint64{
	"socketcall": socketCalls(),
	"ipc": {
		"semop": 1, "semget": 2, "semctl": 3, "semtimedop": 4, "msgsnd": 11, "msgrcv": 12, "msgget": 13, "msgctl": 14,
		"shmat": 21, "shmdt": 22, "shmget": 23, "shmctl": 24,
	},
}

func socketCalls() map[string]uint64 {
	out := make(map[string]uint64)
	for n, typ := range syscalls.SocketCallTypes() {
		if n > 0 {
			out[typ] = uint64(n)
		}
	}
	return out
}

// through are the rules that libseccomp makes for the call mux on i386, in
// order.
func (p *profile) through(mux string) (list []rule) {
	for _, r := range p.rules {
		n, member := muxes[mux][r.name]
		switch {
		case r.name == mux:
			list = append(list, r)
		case member:
			conds := []comparison{{arg: 0, op: specs.OpEqualTo, value: n}}
			for _, c := range r.conds {
				if c.arg != 0 {
					conds = append(conds, c)
				}
			}
			list = append(list, rule{r.name, conds, r.action})
		}
	}
	return list
}

// muxed decides what becomes of interest in socketcall: rules for it, or more
// interest in the calls that it stands for.
func (m *merger) muxed(mux string) ([]specs.LinuxSyscall, error) {
	p := m.base
	wanted := m.wants[mux]
	delete(m.wants, mux)
	if !p.has(syscalls.I386) || len(wanted) == 0 {
		return nil, nil
	}
	if wants(wanted, func(a seccomp.Action) bool { return !either(a) }) {
		return nil, refuse(mux, ErrInexact, "only to be notified can be asked of it, since its arguments lie in memory")
	}
	if !wants(wanted, func(a seccomp.Action) bool { return a == seccomp.Notify }) {
		return nil, nil
	}
	list := p.through(mux)
	// Rules of members always have a condition, so this one is for mux itself.
	r, one := unconditional(list)
	if one && !permits(r.action) {
		return nil, nil
	}
	denies := slices.ContainsFunc(list, func(r rule) bool { return !permits(r.action) })
	if one || permits(p.rest) && !denies {
		m.replaced[mux], m.taken[mux] = true, true
		return []specs.LinuxSyscall{notifyRule(nil, mux)}, nil
	}
	if slices.ContainsFunc(list, func(r rule) bool { return r.name == mux }) {
		return nil, refuse(mux, ErrInexact, "the profile has conditions on it, and its arguments lie in memory")
	}
	if !permits(p.rest) {
		m.members(mux, list)
		m.through[mux] = true
		return nil, nil
	}
	// All that rules for its members do not deny.
	c, err := i386Cell(mux, list)
	if err != nil {
		return nil, err
	}
	said, err := c.meaning(mux, list, p.rest)
	if err != nil {
		return nil, err
	}
	m.replaced[mux] = true
	var out []specs.LinuxSyscall
	for _, piece := range joined(said) {
		if permits(piece.Action) {
			out = append(out, notifyRule(cell{}.args(piece.Cube), mux))
		}
	}
	return out, nil
}

// partly refuses to refuse a part of a call's uses where a mux stands for it
// too: its rules would compare the mux's registers.
func (m *merger) partly(name string) error {
	for mux, members := range muxes {
		if _, member := members[name]; !member || !m.base.has(syscalls.I386) || m.settled(mux) {
			continue
		}
		for _, o := range m.wants[name] {
			for i, r := range o.rules {
				if i == 0 && len(r.Cube) == 0 {
					break // decides alone
				}
				if !either(r.Action) {
					return refuse(name, ErrInexact, "on i386 it is also %s, whose arguments lie in memory; list %s in the profile, "+
						"or drop SCMP_ARCH_X86", mux, mux)
				}
			}
		}
	}
	return nil
}

// settled reports whether a mux has a rule without conditions, so that rules
// for its members do not count there.
func (m *merger) settled(mux string) bool {
	_, ok := unconditional(m.base.of(mux))
	return ok || m.taken[mux]
}

// i386Cell is the one cell that there is where registers have 32 bits.
func i386Cell(name string, list []rule) (cell, error) {
	parts, err := cells(name, list)
	if err != nil {
		return cell{}, err
	}
	return parts[0], nil
}

// members turns interest in a mux that the profile allows only through rules
// for its members into interest in all calls of those.
func (m *merger) members(mux string, list []rule) {
	for _, r := range list {
		if !permits(r.action) {
			continue
		}
		m.wants[r.name] = alsoWhole(m.wants[r.name])
		m.why[r.name] = "on i386 the profile allows " + mux + " only through rules for " + r.name +
			", so that all of them must be notified; list " + mux + " in the profile"
	}
}

// alsoWhole is interest that goes for all i386 calls which had none.
func alsoWhole(list []onABI) []onABI {
	whole := onABI{abi: syscalls.I386}
	var out []onABI
	for _, o := range list {
		if o.abi != syscalls.I386 {
			out = append(out, o)
			continue
		}
		for _, r := range o.rules {
			if r.Action == seccomp.Allow {
				r.Action = seccomp.Notify
			}
			whole.rules = append(whole.rules, r)
		}
	}
	whole.rules = append(whole.rules, seccomp.Rule{Action: seccomp.Notify})
	return append(out, whole)
}

// checkMuxes refuses a merged profile in which rules that differ become the
// same on i386: libseccomp would take one and drop or refuse the other.
func (m *merger) checkMuxes(p *profile) error {
	if !p.has(syscalls.I386) {
		return nil
	}
	for mux, members := range muxes {
		touched := m.replaced[mux] || m.through[mux]
		for name := range members {
			touched = touched || m.replaced[name]
		}
		if !touched {
			continue
		}
		list := p.through(mux)
		if !clean(list) {
			return refuse(mux, ErrInexact, "on i386 libseccomp may confuse rules for the calls that it stands for; list it in the profile")
		}
		c, err := i386Cell(mux, list)
		if err != nil {
			return err
		}
		var before []seccomp.Rule
		for _, r := range list {
			if len(r.conds) == 0 {
				break // all that comes later is dropped
			}
			cubes, err := c.alternatives(r)
			if err != nil {
				return err
			}
			for _, cube := range cubes {
				if contradicted(before, cube, r.action) || m.through[mux] && permits(r.action) {
					return refuse(r.name, ErrInexact, "on i386 it is also %s, whose arguments lie in memory; "+
						"list %s in the profile, or drop SCMP_ARCH_X86", mux, mux)
				}
				before = append(before, seccomp.Rule{Cube: cube, Action: r.action})
			}
		}
	}
	return nil
}
