// Package victim makes system calls with registers of the test's choice, on
// either ABI of the machine, for tests that hold the decoders to the kernel.
package victim

import (
	"syscall"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Call makes a system call with all six registers as they are given, and
// returns what the kernel returns: -errno on failure. Pointers of an I386 call
// are 32 bits wide. False: this machine can't make calls of that ABI.
func Call(abi syscalls.ABI, nr uintptr, args [6]uintptr) (int, bool) {
	if abi == syscalls.I386 {
		return int80(nr, args)
	}
	r, _, errno := syscall.RawSyscall6(nr, args[0], args[1], args[2], args[3], args[4], args[5])
	if errno != 0 {
		return -int(errno), true
	}
	return int(r), true
}
