package bpf_test

import (
	"math/bits"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// boundaries are the calls at which a filter's answer changes: numbers beside
// those that it names, registers that just satisfy a rule, with junk in all
// bits that it does not compare, and the same with one compared bit changed.
func boundaries(f *seccomp.Filter, junk uint64) []call {
	var calls []call
	for _, k := range f.Keys() {
		arch := k.ABI.AuditArch()
		for _, r := range f.Calls[k] {
			hit := witness(r.Cube, junk)
			calls = append(calls, call{arch, uint32(k.NR), hit}, call{arch, uint32(k.NR), witness(r.Cube, 0)})
			for _, c := range r.Cube {
				for rest := c.Mask; rest != 0; rest &= rest - 1 {
					miss := hit
					miss[c.Arg] ^= rest & -rest
					calls = append(calls, call{arch, uint32(k.NR), miss})
				}
			}
		}
		all := [6]uint64{junk, ^junk, 0, ^uint64(0), junk, bits.Reverse64(junk)}
		for _, nr := range []int{k.NR - 1, k.NR, k.NR + 1} {
			calls = append(calls, call{arch, uint32(nr), all}, call{arch, uint32(nr) | syscalls.X32Bit, all})
		}
	}
	return append(calls, foreign(junk)...)
}

// witness are registers that satisfy a cube which can hold, junk elsewhere.
func witness(c seccomp.Cube, junk uint64) (args [6]uint64) {
	for i := range args {
		args[i] = junk
	}
	for _, m := range c {
		args[m.Arg] = args[m.Arg]&^m.Mask | m.Value
	}
	return args
}

// archs are words that seccomp_data.arch can carry: those of the ABIs, others
// that are close to them, and others that Linux knows (linux/audit.h).
var archs = []uint32{
	0xc000003e, 0x40000003, 0xc00000b7, // x86_64, i386, aarch64
	0, ^uint32(0), 0xc000003f, 0x4000003e, 0x800000b7, 0x40000028, 0x80000016, 0xc00000f3, 0xc0000102,
}

// foreign are calls of all architectures and of numbers that are special.
func foreign(junk uint64) []call {
	var calls []call
	for _, arch := range archs {
		for _, nr := range []uint32{
			0, 1, 59, 1 << 20, syscalls.X32Bit - 1, syscalls.X32Bit, syscalls.X32Bit + 1, syscalls.X32Bit + 520,
			1 << 31, 1<<31 - 1, ^uint32(0) - 1, ^uint32(0), uint32(junk),
		} {
			calls = append(calls, call{arch, nr, [6]uint64{junk, 0, junk}})
		}
	}
	return calls
}
