package oci

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

var listening = Options{ListenerPath: "/run/callgate.sock"}

func readContainerd(t testing.TB) *specs.LinuxSeccomp { return readProfileFile(t, "containerd.json") }

func readProfileFile(t testing.TB, name string) *specs.LinuxSeccomp {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var p specs.LinuxSeccomp
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

// answer is one call, and what becomes of it.
type answer struct {
	abi  syscalls.ABI
	call string
	args [6]uint64
	want seccomp.Action
}

func check(t *testing.T, lib *library, spec *specs.LinuxSeccomp, answers []answer) {
	t.Helper()
	prog, err := lib.compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	model, err := NewModel(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		nr, ok := syscalls.Number(a.abi, a.call)
		if !ok {
			t.Fatalf("%v has no %s", a.abi, a.call)
		}
		if got := decide(t, prog, a.abi, nr, a.args); got != a.want {
			t.Errorf("%s on %v %#x: %v, want %v", a.call, a.abi, a.args, got, a.want)
		}
		if got, sure := model.Decide(a.abi, nr, &a.args); !sure || got != a.want {
			t.Errorf("%s on %v %#x: the model says %v (sure: %t), want %v", a.call, a.abi, a.args, got, sure, a.want)
		}
	}
}

const junk = 0xdeadbeef << 32

var eperm, enosys = seccomp.Errno(unix.EPERM), seccomp.Errno(unix.ENOSYS)

// containerd's default profile, made by containerd 2.4.2 for a container
// without capabilities.
func TestContainerdProfile(t *testing.T) {
	lib := startLibrary(t)
	base := readContainerd(t)
	before, _ := json.Marshal(base)
	merged, err := Merge(base, example(), listening)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(base); string(after) != string(before) {
		t.Error("the base was changed")
	}
	if !slices.Equal(merged.Architectures, base.Architectures) {
		t.Errorf("architectures: %v", merged.Architectures)
	}
	check(t, lib, merged, []answer{
		{syscalls.AMD64, "execve", [6]uint64{}, seccomp.Notify},
		{syscalls.X32, "execve", [6]uint64{}, seccomp.Notify},
		{syscalls.I386, "execve", [6]uint64{}, seccomp.Notify},
		{syscalls.AMD64, "setns", [6]uint64{}, eperm},
		{syscalls.AMD64, "io_uring_setup", [6]uint64{}, eperm},
		{syscalls.AMD64, "getpid", [6]uint64{}, seccomp.Allow},
		{syscalls.AMD64, "openat", [6]uint64{0, 0, 0}, seccomp.Allow},
		{syscalls.AMD64, "openat", [6]uint64{0, 0, junk | 3}, seccomp.Allow},
		{syscalls.AMD64, "openat", [6]uint64{0, 0, junk | 1}, seccomp.Notify},
		{syscalls.I386, "openat", [6]uint64{0, 0, junk | 2}, seccomp.Notify},
		{syscalls.AMD64, "socket", [6]uint64{unix.AF_PACKET}, seccomp.Notify},
		{syscalls.AMD64, "socket", [6]uint64{unix.AF_INET, 10}, seccomp.Notify},
		{syscalls.AMD64, "socket", [6]uint64{unix.AF_INET, 1}, seccomp.Notify}, // to save rules
		{syscalls.AMD64, "socket", [6]uint64{unix.AF_VSOCK}, eperm},
		{syscalls.AMD64, "socket", [6]uint64{unix.AF_ALG}, eperm},
		{syscalls.AMD64, "socket", [6]uint64{unix.AF_NFC}, seccomp.Notify},
		{syscalls.AMD64, "socket", [6]uint64{46}, eperm},
		{syscalls.AMD64, "socket", [6]uint64{1<<32 | unix.AF_INET}, eperm}, // as before
		{syscalls.AMD64, "socket", [6]uint64{1<<32 | unix.AF_PACKET}, eperm},
		{syscalls.I386, "socket", [6]uint64{junk | unix.AF_PACKET}, seccomp.Notify},
		{syscalls.I386, "socket", [6]uint64{junk | unix.AF_VSOCK}, eperm},
		{syscalls.I386, "socketcall", [6]uint64{1}, seccomp.Notify},
		{syscalls.I386, "socketcall", [6]uint64{3}, seccomp.Notify},
		{syscalls.AMD64, "clone", [6]uint64{unix.CLONE_VM | goThread}, seccomp.Allow},
		{syscalls.AMD64, "clone", [6]uint64{unix.CLONE_NEWUSER}, eperm},
		{syscalls.AMD64, "clone3", [6]uint64{}, enosys},
		{syscalls.AMD64, "personality", [6]uint64{lowHalf}, seccomp.Allow},
		{syscalls.AMD64, "personality", [6]uint64{0x40000}, eperm},
		{syscalls.AMD64, "prlimit64", [6]uint64{junk}, seccomp.Notify}, // to save rules
		{syscalls.AMD64, "prlimit64", [6]uint64{1}, seccomp.Notify},
		{syscalls.AMD64, "fcntl", [6]uint64{0, unix.F_SETSIG, 9}, eperm},
		{syscalls.AMD64, "fcntl", [6]uint64{0, unix.F_SETSIG, 10}, seccomp.Allow},
		{syscalls.AMD64, "tgkill", [6]uint64{0, 0, uint64(unix.SIGURG)}, seccomp.Allow},
		{syscalls.AMD64, "tgkill", [6]uint64{0, 0, 9}, seccomp.Notify},
		{syscalls.AMD64, "seccomp", [6]uint64{1, 8}, seccomp.Errno(unix.EBUSY)},
		{syscalls.AMD64, "seccomp", [6]uint64{1, 1}, seccomp.Allow},
	})
}

// Without a profile all is allowed, on every architecture.
func TestNoProfile(t *testing.T) {
	lib := startLibrary(t)
	merged, err := Merge(nil, example(), listening)
	if err != nil {
		t.Fatal(err)
	}
	if want := []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}; !slices.Equal(merged.Architectures, want) {
		t.Errorf("architectures: %v", merged.Architectures)
	}
	check(t, lib, merged, []answer{
		{syscalls.AMD64, "getpid", [6]uint64{}, seccomp.Allow},
		{syscalls.I386, "getpid", [6]uint64{}, seccomp.Allow},
		{syscalls.X32, "getpid", [6]uint64{}, seccomp.Allow},
		{syscalls.X32, "execve", [6]uint64{}, seccomp.Notify},
		{syscalls.AMD64, "setns", [6]uint64{}, seccomp.Notify},
		{syscalls.AMD64, "clone", [6]uint64{junk | unix.CLONE_NEWNET}, seccomp.Notify},
		{syscalls.AMD64, "clone", [6]uint64{goThread}, seccomp.Allow},
		{syscalls.I386, "socketcall", [6]uint64{7}, seccomp.Notify},
		{syscalls.AMD64, "prlimit64", [6]uint64{0}, seccomp.Notify}, // to save rules
		{syscalls.AMD64, "prlimit64", [6]uint64{9}, seccomp.Notify},
	})
}

// A profile whose only rules have conditions, and one without for a call that
// x86_64 does not have, would not work at all.
func TestProfileIsNotDead(t *testing.T) {
	lib := startLibrary(t)
	f := newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) {
		rule("openat", seccomp.Cube{{Arg: 2, Mask: 3, Value: 1}}, seccomp.Notify)
		rule("socketcall", nil, seccomp.Notify)
	})
	merged, err := Merge(nil, f, listening)
	if err != nil {
		t.Fatal(err)
	}
	check(t, lib, merged, []answer{
		{syscalls.AMD64, "openat", [6]uint64{0, 0, 1}, seccomp.Notify},
		{syscalls.AMD64, "nfsservctl", [6]uint64{}, enosys}, // the kernel's own answer
	})
	// So it is without that rule.
	merged.Syscalls = slices.DeleteFunc(merged.Syscalls, func(s specs.LinuxSyscall) bool { return s.Names[0] == "nfsservctl" })
	prog, err := lib.compile(merged)
	if err != nil {
		t.Fatal(err)
	}
	if got := decide(t, prog, syscalls.AMD64, 257, [6]uint64{0, 0, 1}); got != seccomp.Allow {
		t.Errorf("%v: libseccomp has learned, and the rule can go", got)
	}
}
