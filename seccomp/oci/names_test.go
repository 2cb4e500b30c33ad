package oci

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// A rule goes by the call's name, so libseccomp must know the kernel's names,
// under the same numbers. It need not know calls newer than itself.
func TestLibraryKnowsTheNames(t *testing.T) {
	bin := buildCompiler(t)
	abis := []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.X32}
	var names []string
	for _, abi := range abis {
		for _, nr := range syscalls.Numbers(abi) {
			name, _ := syscalls.Name(abi, nr)
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	out, err := exec.Command(bin, names...).Output()
	if err != nil {
		t.Fatal(err)
	}
	version, err := exec.Command(bin, "-v").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(names) {
		t.Fatalf("%d answers for %d names", len(lines), len(names))
	}
	for i, name := range names {
		var got [3]int
		if _, err := fmt.Sscan(lines[i], &got[0], &got[1], &got[2]); err != nil {
			t.Fatal(err)
		}
		if got == [3]int{-1, -1, -1} {
			nr, _ := syscalls.Number(syscalls.AMD64, name)
			f := &seccomp.Filter{ABIs: x86}
			f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: nr}, nil, seccomp.Notify)
			// Probes' calls fill gaps among old numbers, and are made by the
			// kernel's own code only.
			if u := Unfamiliar(f, strings.TrimSpace(string(version))); len(u) == 0 && name != "uprobe" && name != "uretprobe" {
				t.Errorf("libseccomp %s does not know %s", version, name)
			}
			continue
		}
		for k, abi := range abis {
			nr, ok := syscalls.Number(abi, name)
			if abi == syscalls.X32 {
				if got[k] < 0 {
					continue // newer on x32 than this library
				}
				got[k] &^= syscalls.X32Bit
			}
			_, member := muxes["socketcall"][name]
			_, ipc := muxes["ipc"][name]
			if multiplexed := abi == syscalls.I386 && (member || ipc); ok && !multiplexed && got[k] != nr {
				t.Errorf("%s on %v: %d here, %d in libseccomp", name, abi, nr, got[k])
			}
			if !ok && got[k] >= 0 && got[k] < syscalls.X32Bit {
				t.Errorf("%s on %v: none here, %d in libseccomp", name, abi, got[k])
			}
		}
	}
}

func TestUnfamiliar(t *testing.T) {
	f := newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) {
		for _, n := range []string{"openat", "openat2", "fchmodat2", "mseal", "setxattrat"} {
			rule(n, nil, seccomp.Notify)
		}
	})
	for version, want := range map[string][]string{
		"":             {"fchmodat2", "mseal", "setxattrat"},
		"2.5.4":        {"fchmodat2", "mseal", "setxattrat"},
		"2.5.5":        {"mseal", "setxattrat"},
		"2.6.0":        {"setxattrat"},
		"2.10.0-rc1":   {"setxattrat"},
		"experimental": {"fchmodat2", "mseal", "setxattrat"},
	} {
		if got := Unfamiliar(f, version); !slices.Equal(got, want) {
			t.Errorf("libseccomp %q: %v, want %v", version, got, want)
		}
	}
}
