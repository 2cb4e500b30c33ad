package syscalls

import (
	"runtime"
	"slices"
	"sync"
)

//go:generate go run ./internal/gen

// nameTables are the names by number, per ABI; "" where there is no call.
var nameTables = [numABIs][]string{
	AMD64: amd64Names[:],
	I386:  i386Names[:],
	X32:   x32Names[:],
	ARM64: arm64Names[:],
}

// numberMaps inverts nameTables on first use: a program that only needs names does
// not pay for the maps.
var numberMaps = sync.OnceValue(func() (inv [numABIs]map[string]int) {
	for abi, names := range nameTables {
		inv[abi] = make(map[string]int, len(names))
		for nr, name := range names {
			if name != "" {
				inv[abi][name] = nr
			}
		}
	}
	return inv
})

// Name is the kernel's name of a call's number on an ABI; the number is
// without X32Bit. The name may be one that the running kernel does not have.
func Name(a ABI, nr int) (string, bool) {
	if a >= numABIs || nr < 0 || nr >= len(nameTables[a]) {
		return "", false
	}
	name := nameTables[a][nr]
	return name, name != ""
}

// Number is the number of a call on an ABI, without X32Bit.
func Number(a ABI, name string) (int, bool) {
	if a >= numABIs {
		return 0, false
	}
	nr, ok := numberMaps()[a][name]
	return nr, ok
}

// Numbers are all numbers of calls on an ABI, ascending.
func Numbers(a ABI) []int {
	if a >= numABIs {
		return nil
	}
	var all []int
	for nr, name := range nameTables[a] {
		if name != "" {
			all = append(all, nr)
		}
	}
	return all
}

// Native lists the ABIs that programs on this machine can use and callgate
// decodes: the machine's own first.
func Native() []ABI { return slices.Clone(native) }

// native is empty where callgate can decode nothing.
var native = map[string][]ABI{
	"amd64": {AMD64, I386},
	"arm64": {ARM64},
}[runtime.GOARCH]
