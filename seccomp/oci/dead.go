package oci

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// For each architecture libseccomp sorts the calls that have rules, those with
// the fewest conditions first, and lets the first one load the call's number.
// When that is a call which the architecture does not have, it is left out and
// the load with it: then no rule of the architecture is ever applied
// (gen_bpf.c, _gen_bpf_syscalls). Only x86_64 without x32 loads the number
// anyway. A rule without conditions, for a call that the architecture has, comes
// first.

// dead reports whether this may happen to the rules of an ABI.
func (p *profile) dead(abi syscalls.ABI) bool {
	switch {
	case !p.has(abi), abi == syscalls.AMD64 && !p.has(syscalls.X32):
		return false
	case abi == syscalls.X32:
		abi = syscalls.AMD64 // their calls are sorted together, x86_64's first
	}
	multiplexed := func(name string) bool {
		return abi == syscalls.I386 && (muxes["socketcall"][name] != 0 || muxes["ipc"][name] != 0)
	}
	return p.sortedWrong(func(name string) bool { _, ok := syscalls.Number(abi, name); return ok }, multiplexed)
}

// sortedWrong reports whether some rules are for calls that there are, some
// for others, and none of the first without conditions. A multiplexed call has a
// rule of the call that it goes through, with a condition.
func (p *profile) sortedWrong(exists, multiplexed func(name string) bool) bool {
	foreign, native, first := false, false, false
	for _, r := range p.rules {
		if !exists(r.name) {
			foreign = true
			native = native || multiplexed(r.name)
			continue
		}
		native = true
		first = first || len(r.conds) == 0
	}
	return foreign && native && !first
}

// anyDead finds an ABI whose rules may not be applied.
func (p *profile) anyDead() (string, bool) {
	for _, abi := range p.machine.abis {
		if p.dead(abi) {
			return abi.String(), true
		}
	}
	if !slices.Contains(p.spec.Architectures, specs.ArchARM) {
		return "", false
	}
	// What both arm64 and i386 call by a name has it on 32-bit ARM too.
	common := func(name string) bool {
		_, a := syscalls.Number(syscalls.ARM64, name)
		_, b := syscalls.Number(syscalls.I386, name)
		return a && b
	}
	return "arm", p.sortedWrong(common, func(string) bool { return false })
}

// unused is a rule without conditions that changes nothing, for a call that all
// architectures have: since Linux 3.1 the kernel answers it so itself. It keeps
// a profile from being dead.
func unused() specs.LinuxSyscall {
	number := uint(unix.ENOSYS)
	return specs.LinuxSyscall{Names: []string{"nfsservctl"}, Action: specs.ActErrno, ErrnoRet: &number}
}
