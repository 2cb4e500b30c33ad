package oci

import (
	"runtime"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// machine is what libseccomp does on one kind of machine.
type machine struct {
	native specs.Arch
	abis   map[specs.Arch]syscalls.ABI
	// all is what a container without a profile may use: every architecture
	// whose programs the kernel can run, because libseccomp kills callers of
	// those that a filter does not list.
	all []specs.Arch
}

var machines = map[string]machine{
	"amd64": {
		native: specs.ArchX86_64,
		abis: map[specs.Arch]syscalls.ABI{
			specs.ArchX86_64: syscalls.AMD64, specs.ArchX86: syscalls.I386, specs.ArchX32: syscalls.X32,
		},
		all: []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32},
	},
	"arm64": {
		native: specs.ArchAARCH64,
		// Numbers of 32-bit ARM are not known here. Rules go by name, so they
		// hold there too; the supervisor answers such calls with ENOSYS.
		abis: map[specs.Arch]syscalls.ABI{specs.ArchAARCH64: syscalls.ARM64},
		all:  []specs.Arch{specs.ArchAARCH64, specs.ArchARM},
	},
}

func thisMachine() machine { return machines[runtime.GOARCH] }

// has reports whether calls of an ABI get as far as the profile's rules. The
// native architecture is always there, listed or not (seccomp_init(3)).
func (p *profile) has(abi syscalls.ABI) bool {
	for arch, a := range p.machine.abis {
		if a == abi {
			return arch == p.machine.native || slices.Contains(p.spec.Architectures, arch)
		}
	}
	return false
}
