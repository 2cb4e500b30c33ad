package syscalls_test

import (
	"runtime"
	"testing"

	"github.com/callgate/callgate/seccomp/syscalls"
)

var abis = []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.X32, syscalls.ARM64}

func TestKnownNumbers(t *testing.T) {
	for _, tt := range []struct {
		abi  syscalls.ABI
		nr   int
		name string
	}{
		{syscalls.AMD64, 0, "read"},
		{syscalls.AMD64, 59, "execve"},
		{syscalls.AMD64, 165, "mount"},
		{syscalls.AMD64, 437, "openat2"},
		{syscalls.I386, 11, "execve"},
		{syscalls.I386, 102, "socketcall"},
		{syscalls.I386, 140, "_llseek"},
		{syscalls.I386, 182, "chown"},
		{syscalls.I386, 212, "chown32"},
		{syscalls.I386, 437, "openat2"},
		{syscalls.X32, 0, "read"},
		{syscalls.X32, 512, "rt_sigaction"},
		{syscalls.X32, 520, "execve"},
		{syscalls.X32, 547, "pwritev2"},
		{syscalls.ARM64, 221, "execve"},
		{syscalls.ARM64, 79, "newfstatat"},
		{syscalls.ARM64, 437, "openat2"},
	} {
		if got, ok := syscalls.Name(tt.abi, tt.nr); got != tt.name || !ok {
			t.Errorf("Name(%v, %d) = %q, %v; want %q", tt.abi, tt.nr, got, ok, tt.name)
		}
		if got, ok := syscalls.Number(tt.abi, tt.name); got != tt.nr || !ok {
			t.Errorf("Number(%v, %q) = %d, %v; want %d", tt.abi, tt.name, got, ok, tt.nr)
		}
	}
}

func TestNameInvertsNumber(t *testing.T) {
	for _, a := range abis {
		all := syscalls.Numbers(a)
		if len(all) < 300 {
			t.Errorf("%v: only %d calls", a, len(all))
		}
		for _, nr := range all {
			name, ok := syscalls.Name(a, nr)
			if back, found := syscalls.Number(a, name); !ok || !found || back != nr {
				t.Errorf("%v: %d is %q, %q is %d", a, nr, name, name, back)
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, a := range append(abis, syscalls.ABI(200)) {
		for _, nr := range []int{-1, 1 << 20, syscalls.X32Bit, -1 << 31} {
			if name, ok := syscalls.Name(a, nr); ok || name != "" {
				t.Errorf("Name(%v, %d) = %q", a, nr, name)
			}
		}
		for _, name := range []string{"", "no_such_call"} {
			if nr, ok := syscalls.Number(a, name); ok {
				t.Errorf("Number(%v, %q) = %d", a, name, nr)
			}
		}
	}
	if name, ok := syscalls.Name(syscalls.X32, 59); ok {
		t.Errorf("x32 has no call 59, got %q", name)
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	syscalls.Number(syscalls.AMD64, "read")
	if n := testing.AllocsPerRun(100, func() {
		syscalls.Name(syscalls.I386, 102)
		syscalls.Number(syscalls.ARM64, "execve")
	}); n != 0 {
		t.Errorf("%v allocations per look-up", n)
	}
}

func TestNative(t *testing.T) {
	want := map[string]syscalls.ABI{"amd64": syscalls.AMD64, "arm64": syscalls.ARM64}[runtime.GOARCH]
	got := syscalls.Native()
	if len(got) == 0 || got[0] != want {
		t.Fatalf("Native() = %v on %s", got, runtime.GOARCH)
	}
	got[0] = syscalls.X32
	if syscalls.Native()[0] != want {
		t.Error("the caller's slice is the package's")
	}
}
