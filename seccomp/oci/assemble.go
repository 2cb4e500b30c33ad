package oci

import (
	"cmp"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// assemble is the merged profile: the base without the rules that are replaced,
// then the new ones.
func (m *merger) assemble(added []specs.LinuxSyscall, o Options) (*specs.LinuxSeccomp, error) {
	out := *m.base.spec
	out.Architectures = slices.Clone(out.Architectures)
	out.Flags = slices.Clone(out.Flags)
	out.Syscalls = append(m.kept(), grouped(added)...)

	merged, err := readProfile(m.base.machine, &out)
	if err != nil {
		return nil, err
	}
	if abi, dead := merged.anyDead(); dead {
		if !permits(m.base.rest) {
			return nil, refuse("", ErrDead, "every call of %v has conditions", abi)
		}
		out.Syscalls = append(out.Syscalls, unused())
	}
	if err := m.checkMuxes(merged); err != nil {
		return nil, err
	}
	notified := slices.ContainsFunc(merged.rules, func(r rule) bool { return r.action == seccomp.Notify })
	if !notified {
		return &out, nil
	}
	if o.ListenerPath == "" {
		return nil, refuse("", ErrListener, "calls are to be notified, and no path of a listener was given")
	}
	out.ListenerPath, out.ListenerMetadata = o.ListenerPath, o.ListenerMetadata
	if o.WaitKillable {
		out.Flags = withWaitKillable(out.Flags)
	}
	return &out, nil
}

// kept are the base's rules for calls that do not change. Runtimes add them in
// the order of their names here, and libseccomp looks for the place of each in a
// list by number, from its beginning (db.c, db_rule_add): the largest come first.
func (m *merger) kept() []specs.LinuxSyscall {
	number := func(name string) int {
		nr, _ := syscalls.Number(m.base.machine.abis[m.base.machine.native], name)
		return nr
	}
	var out []specs.LinuxSyscall
	for _, s := range m.base.spec.Syscalls {
		names := slices.DeleteFunc(slices.Clone(s.Names), func(n string) bool { return m.replaced[n] })
		if len(names) == 0 && len(s.Names) > 0 {
			continue
		}
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(number(b), number(a)) })
		s.Names = names
		out = append(out, s)
	}
	return out
}

// grouped writes rules that differ only by their names as one. The order of a
// call's own rules means nothing, since they are disjoint.
func grouped(rules []specs.LinuxSyscall) []specs.LinuxSyscall {
	var out []specs.LinuxSyscall
	for _, r := range rules {
		same := func(o specs.LinuxSyscall) bool {
			return o.Action == r.Action && slices.Equal(o.Args, r.Args) &&
				(o.ErrnoRet == nil) == (r.ErrnoRet == nil) && (o.ErrnoRet == nil || *o.ErrnoRet == *r.ErrnoRet)
		}
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i].Names = append(out[i].Names, r.Names...)
			continue
		}
		out = append(out, r)
	}
	return out
}

// args are the conditions for a cube over lower halves in the cell. An upper
// half that is not zero is said by "greater", the one operator beside masked
// equality: no mask can say it, and on 32-bit architectures it never holds.
func (c cell) args(cube seccomp.Cube) []specs.LinuxSeccompArg {
	var out []specs.LinuxSeccompArg
	for arg := range uint8(6) {
		bit := uint8(1) << arg
		if c.high&bit != 0 {
			out = append(out, specs.LinuxSeccompArg{Index: uint(arg), Value: lowHalf, Op: specs.OpGreaterThan})
			continue
		}
		m := seccomp.Cmp{Arg: arg}
		for _, k := range cube {
			if k.Arg == arg {
				m = k
			}
		}
		if c.split&bit != 0 {
			m.Mask |= lowHalf << 32
		}
		if m.Mask != 0 {
			out = append(out, specs.LinuxSeccompArg{Index: uint(arg), Value: m.Mask, ValueTwo: m.Value, Op: specs.OpMaskedEqual})
		}
	}
	return out
}

func notifyRule(args []specs.LinuxSeccompArg, names ...string) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: names, Action: specs.ActNotify, Args: args}
}

// withWaitKillable adds the flag. Runtimes use SPEC_ALLOW by themselves only
// where a profile lists no flags at all.
func withWaitKillable(flags []specs.LinuxSeccompFlag) []specs.LinuxSeccompFlag {
	if len(flags) == 0 {
		flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow}
	}
	if !slices.Contains(flags, specs.LinuxSeccompFlagWaitKillableRecv) {
		flags = append(flags, specs.LinuxSeccompFlagWaitKillableRecv)
	}
	return flags
}
