// Package syscalls holds what is known about Linux system calls as data: their
// numbers on each ABI, and for the calls that callgate decodes, how the kernel
// reads each of their registers.
package syscalls

import (
	"fmt"
	"slices"
)

// ABI is one calling convention of the kernel. One process may use several:
// on an amd64 kernel any program can enter through int 0x80 (I386).
type ABI uint8

// The ABIs whose numbers are known. A filter on amd64 decodes AMD64 and I386
// and refuses X32; on arm64 it decodes ARM64.
const (
	AMD64 ABI = iota
	I386
	X32
	ARM64
	numABIs
)

// X32Bit is set in the number of every x32 call (asm/unistd.h, __X32_SYSCALL_BIT).
const X32Bit = 0x40000000

// Audit architecture words, as in seccomp_data.arch (linux/audit.h).
const (
	auditX86_64  = 0xc000003e
	auditI386    = 0x40000003
	auditAArch64 = 0xc00000b7
)

var abiNames = [numABIs]string{"amd64", "i386", "x32", "arm64"}

func (a ABI) String() string {
	if a < numABIs {
		return abiNames[a]
	}
	return fmt.Sprintf("abi(%d)", uint8(a))
}

// MarshalText is the ABI's name.
func (a ABI) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is MarshalText's inverse; a name that no ABI has is an error.
func (a *ABI) UnmarshalText(name []byte) error {
	i := slices.Index(abiNames[:], string(name))
	if i < 0 {
		return fmt.Errorf("unknown ABI %q", name)
	}
	*a = ABI(i)
	return nil
}

// AuditArch is the word that seccomp_data.arch carries for the ABI. AMD64 and
// X32 share it; X32Bit in the number tells them apart.
func (a ABI) AuditArch() uint32 {
	switch a {
	case I386:
		return auditI386
	case ARM64:
		return auditAArch64
	default:
		return auditX86_64
	}
}

// ABIOf tells which ABI a notification came through, from seccomp_data.arch
// and nr. The second result is false for an architecture that callgate does
// not know.
func ABIOf(arch uint32, nr int) (ABI, bool) {
	switch {
	case arch == auditX86_64 && nr&X32Bit != 0:
		return X32, true
	case arch == auditX86_64:
		return AMD64, true
	case arch == auditI386:
		return I386, true
	case arch == auditAArch64:
		return ARM64, true
	}
	return 0, false
}

// Is32 reports whether pointers and longs of the ABI are 32 bits wide in memory.
func (a ABI) Is32() bool { return a == I386 || a == X32 }
