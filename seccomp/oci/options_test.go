package oci

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// A profile that already notifies to the same listener keeps that.
func TestOwnListener(t *testing.T) {
	base := allowing(entry(specs.ActAllow, nil, "read", "setns"), entry(specs.ActNotify, nil, "mount"))
	base.ListenerPath = listening.ListenerPath
	merged, err := merge(machines["amd64"], base, notifying("setns", "mount"), listening)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"mount", "setns"} {
		if !slices.ContainsFunc(merged.Syscalls, func(s specs.LinuxSyscall) bool {
			return s.Action == specs.ActNotify && slices.Contains(s.Names, want)
		}) {
			t.Errorf("%s is not notified: %+v", want, merged.Syscalls)
		}
	}
}

func TestOptions(t *testing.T) {
	o := Options{ListenerPath: "/l", ListenerMetadata: "meta", WaitKillable: true, Refuse: true}
	f := notifying("setns")
	merged, err := merge(machines["amd64"], nil, f, o)
	if err != nil {
		t.Fatal(err)
	}
	if merged.ListenerPath != "/l" || merged.ListenerMetadata != "meta" {
		t.Errorf("%+v", merged)
	}
	if want := []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow, specs.LinuxSeccompFlagWaitKillableRecv}; !slices.Equal(merged.Flags, want) {
		t.Errorf("flags %v", merged.Flags)
	}
	var said []string
	for _, s := range merged.Syscalls {
		if s.Action == specs.ActErrno {
			said = append(said, fmt.Sprint(s.Names, *s.ErrnoRet, s.Args))
		}
	}
	if want := []string{"[io_uring_setup] 38 []", "[seccomp] 1 [{1 8 8 SCMP_CMP_MASKED_EQ}]"}; !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	// What the filter says itself goes first.
	if merged, err = merge(machines["amd64"], nil, notifying("io_uring_setup"), o); err != nil {
		t.Fatal(err)
	}
	for _, s := range merged.Syscalls {
		if slices.Contains(s.Names, "io_uring_setup") && s.Action != specs.ActNotify {
			t.Errorf("%+v", s)
		}
	}
	flags := []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog}
	base := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: flags}
	if merged, err = merge(machines["amd64"], base, f, o); err != nil {
		t.Fatal(err)
	}
	if want := append(flags, specs.LinuxSeccompFlagWaitKillableRecv); !slices.Equal(merged.Flags, want) {
		t.Errorf("flags %v", merged.Flags)
	}
}

func TestARM64(t *testing.T) {
	f := &seccomp.Filter{ABIs: []syscalls.ABI{syscalls.ARM64}}
	nr, _ := syscalls.Number(syscalls.ARM64, "openat")
	f.Add(seccomp.Key{ABI: syscalls.ARM64, NR: nr}, seccomp.Cube{{Arg: 2, Mask: 3, Value: 1}}, seccomp.Notify)
	merged, err := merge(machines["arm64"], nil, f, listening)
	if err != nil {
		t.Fatal(err)
	}
	want := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, ListenerPath: "/run/callgate.sock",
		Architectures: []specs.Arch{specs.ArchAARCH64, specs.ArchARM},
		Syscalls:      []specs.LinuxSyscall{entry(specs.ActNotify, arg(2, specs.OpMaskedEqual, 3, 1), "openat")},
	}
	if d := cmp.Diff(want, merged); d != "" {
		t.Error(d)
	}
}
