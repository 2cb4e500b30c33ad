package bpf_test

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
)

var x86 = []syscalls.ABI{syscalls.AMD64, syscalls.I386}

func key(t testing.TB, abi syscalls.ABI, name string) seccomp.Key {
	t.Helper()
	nr, ok := syscalls.Number(abi, name)
	if !ok {
		t.Fatalf("%v has no %s", abi, name)
	}
	return seccomp.Key{ABI: abi, NR: nr}
}

// example is a filter such as rules make.
func example(t testing.TB) *seccomp.Filter {
	f := &seccomp.Filter{ABIs: x86}
	for _, abi := range x86 {
		for _, name := range []string{"execve", "execveat", "setns", "unshare", "connect", "ptrace", "openat2"} {
			f.Add(key(t, abi, name), nil, seccomp.Notify)
		}
		for _, access := range []uint64{1, 2} {
			f.Add(key(t, abi, "openat"), seccomp.Cube{{Arg: 2, Mask: 3, Value: access}}, seccomp.Notify)
		}
		f.Add(key(t, abi, "socket"), seccomp.Cube{{Arg: 0, Mask: 0xffffffff, Value: 17}}, seccomp.Notify)
		f.Add(key(t, abi, "clone"), seccomp.Cube{{Arg: 0, Mask: 1 << 28, Value: 1 << 28}}, seccomp.Notify)
		f.Add(key(t, abi, "clone3"), nil, seccomp.Errno(unix.ENOSYS))
		f.Add(key(t, abi, "reboot"), nil, seccomp.Kill)
	}
	f.Add(key(t, syscalls.AMD64, "prctl"), seccomp.Cube{
		{Arg: 0, Mask: 0xffffffff, Value: 15}, {Arg: 1, Mask: ^uint64(0), Value: 0x1234567890abcdef},
	}, seccomp.Notify)
	return f
}

func TestExample(t *testing.T) {
	f := example(t)
	s := compile(t, f)
	for _, junk := range []uint64{0, ^uint64(0), 0xdeadbeefcafebabe} {
		for _, c := range boundaries(f, junk) {
			s.check(t, f, c)
		}
	}
}

func TestRefusesX32AndForeignArchitectures(t *testing.T) {
	enosys := seccomp.Errno(unix.ENOSYS)
	f := example(t)
	s := compile(t, f)
	for _, nr := range syscalls.Numbers(syscalls.X32) {
		c := call{arch: syscalls.X32.AuditArch(), nr: uint32(nr) | syscalls.X32Bit}
		if got := s.run(t, c); got != enosys {
			t.Errorf("x32 call %d: %v", nr, got)
		}
	}
	for _, arch := range archs[2:] {
		for nr := range uint32(500) {
			if got := s.run(t, call{arch: arch, nr: nr}); got != enosys {
				t.Errorf("architecture %#x call %d: %v", arch, nr, got)
			}
		}
	}
}

// A call that a tracer has cancelled must keep the result that the tracer set.
func TestCancelledCallPasses(t *testing.T) {
	s := compile(t, example(t))
	for _, abi := range x86 {
		if got := s.run(t, call{arch: abi.AuditArch(), nr: ^uint32(0)}); got != seccomp.Allow {
			t.Errorf("%v: call -1: %v", abi, got)
		}
	}
}

// From Linux 5.11 the kernel skips the program for calls that it always
// allows, if it can tell so from the number and architecture alone.
func TestAllowedCallsReadNoArguments(t *testing.T) {
	f := example(t)
	s := compile(t, f)
	for _, abi := range x86 {
		for nr := range 600 {
			rules := f.Calls[seccomp.Key{ABI: abi, NR: nr}]
			got := s.follow(t, call{arch: abi.AuditArch(), nr: uint32(nr)})
			for _, off := range got.loads {
				if off >= 16 && (len(rules) == 0 || len(rules[0].Cube) == 0) {
					t.Errorf("%v call %d reads offset %d", abi, nr, off)
				}
			}
		}
	}
}

func TestReadsOnlyHalvesUnderTheMask(t *testing.T) {
	for _, tt := range []struct {
		mask  uint64
		loads string
	}{
		{0xff, "[4 0 16]"},
		{0xff << 32, "[4 0 20]"},
		{0xff<<32 | 1, "[4 0 16 20]"},
	} {
		f := &seccomp.Filter{ABIs: x86}
		f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 1}, seccomp.Cube{{Arg: 0, Mask: tt.mask, Value: tt.mask}}, seccomp.Notify)
		got := compile(t, f).follow(t, call{arch: syscalls.AMD64.AuditArch(), nr: 1, args: [6]uint64{tt.mask}})
		if fmt.Sprint(got.loads) != tt.loads || got.action != seccomp.Notify {
			t.Errorf("mask %#x: read %v, want %s; %v", tt.mask, got.loads, tt.loads, got.action)
		}
	}
}

func TestCostGrowsWithLogarithm(t *testing.T) {
	for _, n := range []int{1, 4, 16, 64, 256, 1024} {
		f := &seccomp.Filter{ABIs: x86}
		for i := range n {
			f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 2 * i}, nil, seccomp.Notify)
		}
		s := compile(t, f)
		worst := 0
		for nr := range uint32(2*n + 2) {
			worst = max(worst, s.follow(t, call{arch: syscalls.AMD64.AuditArch(), nr: nr}).steps)
		}
		// Two loads, the architecture, the return and one hop; a level per
		// doubling, for twice as many spans as calls, and x32's.
		if limit := 5 + bits.Len(uint(2*n+2)); worst > limit {
			t.Errorf("%d calls: %d instructions, want at most %d", n, worst, limit)
		}
	}
}

func TestEmptyFilter(t *testing.T) {
	for _, abis := range [][]syscalls.ABI{nil, x86, {syscalls.ARM64}, {syscalls.I386}} {
		f := &seccomp.Filter{ABIs: abis}
		s := compile(t, f)
		for _, c := range foreign(7) {
			s.check(t, f, c)
		}
	}
}

func TestTooLong(t *testing.T) {
	f := &seccomp.Filter{ABIs: x86}
	for i := range uint64(2000) {
		f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 1}, seccomp.Cube{{Arg: 0, Mask: ^uint64(0), Value: i}}, seccomp.Notify)
	}
	_, err := bpf.Compile(f)
	var long *bpf.TooLongError
	if !errors.As(err, &long) || long.Instructions <= bpf.MaxInstructions {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), "4096") {
		t.Errorf("the message does not name the limit: %v", err)
	}
}

func TestInvalidFilter(t *testing.T) {
	f := &seccomp.Filter{ABIs: x86}
	f.Add(seccomp.Key{ABI: syscalls.I386, NR: 5}, seccomp.Cube{{Arg: 0, Mask: 1 << 40}}, seccomp.Notify)
	if _, err := bpf.Compile(f); err == nil || !strings.Contains(err.Error(), "32 bits") {
		t.Errorf("got %v", err)
	}
}
