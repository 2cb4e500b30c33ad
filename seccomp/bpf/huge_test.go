package bpf_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Programs far longer than a conditional jump reaches.
func TestHugeFilters(t *testing.T) {
	for name, f := range map[string]*seccomp.Filter{
		"every call whole":         everyCall(nil),
		"every call by argument":   everyCall(seccomp.Cube{{Arg: 1, Mask: 7, Value: 5}}),
		"every call differently":   everyCallDifferently(),
		"hundreds of cubes":        manyCubes(600),
		"ranges of a pair of args": rangesOfTwo(),
	} {
		t.Run(name, func(t *testing.T) {
			s := compile(t, f)
			t.Logf("%d instructions", len(s.prog))
			for _, c := range boundaries(f, 0x0123456789abcdef) {
				s.check(t, f, c)
			}
		})
	}
}

func everyCall(cube seccomp.Cube) *seccomp.Filter {
	f := &seccomp.Filter{ABIs: x86}
	for _, abi := range x86 {
		for i, nr := range syscalls.Numbers(abi) {
			if i%2 == 0 {
				f.Add(seccomp.Key{ABI: abi, NR: nr}, cube, seccomp.Notify)
			}
		}
	}
	return f
}

func everyCallDifferently() *seccomp.Filter {
	f := &seccomp.Filter{ABIs: x86}
	for _, abi := range x86 {
		for i, nr := range syscalls.Numbers(abi) {
			f.Add(seccomp.Key{ABI: abi, NR: nr},
				seccomp.Cube{{Arg: uint8(i % 6), Mask: 0xffff, Value: uint64(i)}}, seccomp.Errno(unix.Errno(1+i%100)))
		}
	}
	return f
}

// manyCubes is one call with many rules of different actions, so that the last
// rules lie far from the first.
func manyCubes(n int) *seccomp.Filter {
	f := &seccomp.Filter{ABIs: []syscalls.ABI{syscalls.ARM64}}
	for i := range n {
		f.Add(seccomp.Key{ABI: syscalls.ARM64, NR: 56}, seccomp.Cube{
			{Arg: 0, Mask: 0xffff, Value: uint64(i)}, {Arg: 3, Mask: 1 << 40, Value: uint64(i%2) << 40},
		}, []seccomp.Action{seccomp.Notify, seccomp.Kill, seccomp.Errno(unix.EPERM), seccomp.Allow}[i%4])
	}
	f.Add(seccomp.Key{ABI: syscalls.ARM64, NR: 56}, nil, seccomp.Errno(unix.EACCES))
	f.Add(seccomp.Key{ABI: syscalls.ARM64, NR: 57}, nil, seccomp.Notify)
	return f
}

func rangesOfTwo() *seccomp.Filter {
	f := &seccomp.Filter{ABIs: x86}
	for _, c := range seccomp.Range(0, 32, 1<<10, 1<<32-1) {
		for _, d := range seccomp.Range(2, 16, 1<<6, 1<<16-4) {
			if both, ok := c.Intersect(d); ok {
				f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 41}, both, seccomp.Notify)
			}
		}
	}
	return f
}

func TestProgramSizes(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    *seccomp.Filter
		max  int
	}{
		{"nothing", &seccomp.Filter{ABIs: x86}, 12},
		{"an example", example(t), 120},
	} {
		prog, err := bpf.Compile(tt.f)
		if err != nil {
			t.Fatal(err)
		}
		if len(prog) > tt.max {
			t.Errorf("%s: %d instructions, want at most %d", tt.name, len(prog), tt.max)
		}
	}
}
