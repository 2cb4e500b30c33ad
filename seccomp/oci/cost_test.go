package oci

import (
	"slices"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// containerd's default profile, made by containerd 1.7.35: it allows socket by
// three rules, two of which compare by order.
func TestContainerdProfileWithRanges(t *testing.T) {
	lib := startLibrary(t)
	merged, err := Merge(readProfileFile(t, "containerd-1.7.json"), example(), listening)
	if err != nil {
		t.Fatal(err)
	}
	check(t, lib, merged, families(seccomp.Notify))
	// Rules for other calls leave it allowed.
	if merged, err = Merge(readProfileFile(t, "containerd-1.7.json"), writes("openat"), listening); err != nil {
		t.Fatal(err)
	}
	check(t, lib, merged, families(seccomp.Allow))
}

// families is what that profile says of socket.
func families(allowed seccomp.Action) (out []answer) {
	for family := range uint64(64) {
		want := allowed
		if family == unix.AF_ALG || family == unix.AF_VSOCK {
			want = eperm
		}
		out = append(out,
			answer{syscalls.AMD64, "socket", [6]uint64{family, 10}, want},
			answer{syscalls.AMD64, "socket", [6]uint64{1<<32 | family, 10}, allowed}, // more than AF_VSOCK
			answer{syscalls.X32, "socket", [6]uint64{junk | family, 10}, want},
			answer{syscalls.I386, "socket", [6]uint64{junk | family, 10}, want})
	}
	return out
}

func writes(name string) *seccomp.Filter {
	return newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) {
		rule(name, seccomp.Cube{{Arg: 2, Mask: 1, Value: 1}}, seccomp.Notify)
	})
}

// What would take many rules is notified by fewer bits; what a shell does often
// still passes.
func TestFewRules(t *testing.T) {
	lib := startLibrary(t)
	f := newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) {
		for fd := range uint64(3) {
			rule("dup2", low32(1, fd), seccomp.Notify)
		}
		rule("tgkill", low32(2, 9), seccomp.Notify)
		rule("kill", low32(1, 9), seccomp.Errno(unix.EPERM))
		rule("kill", low32(1, 19), seccomp.Notify)
	})
	merged, err := Merge(readContainerd(t), f, listening)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dup2", "tgkill"} {
		if n := count(merged, name); n > enough {
			t.Errorf("%d rules for %s", n, name)
		}
	}
	check(t, lib, merged, []answer{
		{syscalls.AMD64, "dup2", [6]uint64{9, 0}, seccomp.Notify},
		{syscalls.AMD64, "dup2", [6]uint64{9, 2}, seccomp.Notify},
		{syscalls.AMD64, "dup2", [6]uint64{9, 3}, seccomp.Allow},
		{syscalls.AMD64, "dup2", [6]uint64{9, 10}, seccomp.Allow}, // dash, bash
		{syscalls.AMD64, "dup2", [6]uint64{9, 255}, seccomp.Allow},
		{syscalls.AMD64, "tgkill", [6]uint64{1, 1, uint64(unix.SIGURG)}, seccomp.Allow}, // Go's runtime
		{syscalls.AMD64, "tgkill", [6]uint64{1, 1, 9}, seccomp.Notify},
		// Refusals are exact.
		{syscalls.AMD64, "kill", [6]uint64{1, 9}, eperm},
		{syscalls.AMD64, "kill", [6]uint64{1, 25}, seccomp.Allow},
		{syscalls.AMD64, "kill", [6]uint64{1, 19}, seccomp.Notify},
	})
}

func count(p *specs.LinuxSeccomp, name string) (n int) {
	for _, s := range p.Syscalls {
		if slices.Contains(s.Names, name) {
			n++
		}
	}
	return n
}

// What libseccomp takes for a profile is spent at each start of a container and
// each exec: it is to be 8 ms more than for the base at most.
func BenchmarkLibseccomp(b *testing.B) {
	lib := startLibrary(b)
	for name, base := range map[string]*specs.LinuxSeccomp{
		"containerd": readContainerd(b), "containerd-1.7": readProfileFile(b, "containerd-1.7.json"), "none": nil,
	} {
		merged, err := Merge(base, common(), listening)
		if err != nil {
			b.Fatal(err)
		}
		if base != nil {
			b.Run(name+"/base", func(b *testing.B) { lib.repeat(b, base) })
		}
		b.Run(name+"/merged", func(b *testing.B) { lib.repeat(b, merged) })
	}
}

func (l *library) repeat(b *testing.B, p *specs.LinuxSeccomp) {
	for b.Loop() {
		if _, err := l.compile(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	base, f := readContainerd(b), common()
	for b.Loop() {
		if _, err := Merge(base, f, listening); err != nil {
			b.Fatal(err)
		}
	}
}

// common is the example without what only containers get that can reach the
// supervisor's processes.
func common() *seccomp.Filter {
	f := example()
	for k := range f.Calls {
		if name, _ := syscalls.Name(k.ABI, k.NR); name == "fcntl" {
			delete(f.Calls, k)
		}
	}
	return f
}
