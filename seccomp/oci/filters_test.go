package oci

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

var x86 = []syscalls.ABI{syscalls.AMD64, syscalls.I386}

// newFilter makes a filter of rules for names, on both ABIs of x86.
func newFilter(add func(rule func(name string, cube seccomp.Cube, a seccomp.Action))) *seccomp.Filter {
	f := &seccomp.Filter{ABIs: x86}
	add(func(name string, cube seccomp.Cube, a seccomp.Action) {
		for _, abi := range x86 {
			if nr, ok := syscalls.Number(abi, name); ok {
				f.Add(seccomp.Key{ABI: abi, NR: nr}, cube, a)
			}
		}
	})
	return f
}

func notifying(names ...string) *seccomp.Filter {
	return newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) {
		for _, n := range names {
			rule(n, nil, seccomp.Notify)
		}
	})
}

func low32(arg uint8, v uint64) seccomp.Cube {
	return seccomp.Cube{{Arg: arg, Mask: lowHalf, Value: v}}
}

// example is a filter such as the rules' default set makes.
func example() *seccomp.Filter {
	return newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) {
		for _, n := range []string{"execve", "execveat", "setns", "unshare", "connect", "openat2", "socketcall", "io_uring_setup", "symlink"} {
			rule(n, nil, seccomp.Notify)
		}
		for _, access := range []uint64{1, 2} {
			rule("openat", seccomp.Cube{{Arg: 2, Mask: 3, Value: access}}, seccomp.Notify)
		}
		rule("socket", low32(0, unix.AF_PACKET), seccomp.Notify)
		rule("socket", append(low32(0, unix.AF_INET), seccomp.Cmp{Arg: 1, Mask: 15, Value: 10}), seccomp.Notify)
		for _, flag := range []uint64{unix.CLONE_NEWNS, unix.CLONE_NEWUSER, unix.CLONE_NEWNET} {
			rule("clone", seccomp.Cube{{Arg: 0, Mask: flag, Value: flag}}, seccomp.Notify)
		}
		rule("clone3", nil, seccomp.Errno(unix.ENOSYS))
		rule("prlimit64", low32(0, 0), seccomp.Allow)
		rule("prlimit64", nil, seccomp.Notify)
		rule("fcntl", append(low32(1, unix.F_SETSIG), low32(2, 9)...), seccomp.Errno(unix.EPERM))
		rule("kill", low32(1, 9), seccomp.Notify)
		rule("tgkill", low32(2, 9), seccomp.Notify)
		rule("seccomp", seccomp.Cube{{Arg: 1, Mask: 8, Value: 8}}, seccomp.Errno(unix.EBUSY))
	})
}
