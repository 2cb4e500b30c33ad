package oci

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

func allowing(entries ...specs.LinuxSyscall) *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: entries,
		Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}}
}

func entry(a specs.LinuxSeccompAction, args []specs.LinuxSeccompArg, names ...string) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: names, Action: a, Args: args}
}

func arg(index uint, op specs.LinuxSeccompOperator, values ...uint64) []specs.LinuxSeccompArg {
	a := specs.LinuxSeccompArg{Index: index, Op: op, Value: values[0]}
	if len(values) > 1 {
		a.ValueTwo = values[1]
	}
	return []specs.LinuxSeccompArg{a}
}

func TestRefused(t *testing.T) {
	read := entry(specs.ActAllow, nil, "read")
	refusesOne := &seccomp.Filter{ABIs: x86}
	refusesOne.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 322}, nil, eperm) // execveat
	upper := &seccomp.Filter{ABIs: x86}
	upper.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 322}, seccomp.Cube{{Arg: 1, Mask: 1 << 40}}, eperm)
	nameless := &seccomp.Filter{ABIs: x86}
	nameless.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 9999}, nil, seccomp.Notify)
	listener := allowing(read)
	listener.ListenerPath = "/run/other.sock"
	for name, tt := range map[string]struct {
		base   *specs.LinuxSeccomp
		filter *seccomp.Filter
		cause  error
		says   string
	}{
		"foreign listener":     {listener, notifying("setns"), ErrListener, "/run/other.sock"},
		"notify, no listener":  {allowing(entry(specs.ActNotify, nil, "mount")), notifying("setns"), ErrListener, "mount"},
		"write":                {nil, notifying("write"), ErrRuntime, "write"},
		"fcntl":                {nil, notifying("fcntl"), ErrRuntime, "fcntl"},
		"every clone":          {nil, notifying("clone"), ErrRuntime, "clone"},
		"every tgkill":         {allowing(entry(specs.ActAllow, nil, "tgkill")), notifying("tgkill"), ErrRuntime, "tgkill"},
		"one ABI":              {nil, refusesOne, ErrABI, "execveat"},
		"refused by upper":     {nil, upper, ErrInexact, "execveat"},
		"no name":              {nil, nameless, ErrInexact, "9999"},
		"overlapping":          {allowing(read, entry(specs.ActAllow, arg(0, specs.OpEqualTo, 1), "setns"), entry(specs.ActLog, arg(1, specs.OpEqualTo, 1), "setns")), notifying("setns"), ErrAmbiguous, "setns"},
		"several ranges":       {allowing(read, entry(specs.ActAllow, arg(0, specs.OpLessThan, 9), "setns"), entry(specs.ActLog, arg(0, specs.OpGreaterThan, 90), "setns")), notifying("setns"), ErrAmbiguous, "setns"},
		"parts of upper half":  {allowing(read, entry(specs.ActAllow, arg(0, specs.OpMaskedEqual, 1<<40, 0), "setns")), notifying("setns"), ErrInexact, "setns"},
		"value of upper half":  {allowing(read, entry(specs.ActAllow, arg(0, specs.OpNotEqual, 1<<40), "setns")), notifying("setns"), ErrInexact, "setns"},
		"conditional mux":      {allowing(read, entry(specs.ActAllow, arg(0, specs.OpEqualTo, 3), "socketcall")), notifying("socketcall"), ErrInexact, "socketcall"},
		"split without mux":    {allowing(read, entry(specs.ActAllow, nil, "connect")), newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) { rule("connect", low32(0, 3), seccomp.Notify) }), ErrInexact, "list socketcall"},
		"dead":                 {allowing(entry(specs.ActAllow, nil, "socketcall"), entry(specs.ActAllow, arg(0, specs.OpEqualTo, 1), "setns")), notifying("setns"), ErrDead, ""},
		"default notify":       {&specs.LinuxSeccomp{DefaultAction: specs.ActNotify}, notifying("setns"), ErrProfile, "SCMP_ACT_NOTIFY"},
		"unknown action":       {&specs.LinuxSeccomp{DefaultAction: "SCMP_ACT_NEW"}, notifying("setns"), ErrProfile, "SCMP_ACT_NEW"},
		"unknown operator":     {allowing(entry(specs.ActAllow, arg(0, "SCMP_CMP_NEW", 1), "setns")), notifying("setns"), ErrProfile, "SCMP_CMP_NEW"},
		"register 6":           {allowing(entry(specs.ActAllow, arg(6, specs.OpEqualTo, 1), "setns")), notifying("setns"), ErrProfile, "register 6"},
		"condition of a whole": {nil, newFilter(func(rule func(string, seccomp.Cube, seccomp.Action)) { rule("socketcall", nil, eperm) }), ErrInexact, "socketcall"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := merge(machines["amd64"], tt.base, tt.filter, listening)
			var refused *RefusedError
			if !errors.As(err, &refused) || !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v: %s", err, tt.cause, tt.says)
			}
		})
	}
	if _, err := merge(machines["amd64"], nil, notifying("setns"), Options{}); !errors.Is(err, ErrListener) {
		t.Errorf("no path: %v", err)
	}
	if _, err := merge(machine{}, nil, notifying("setns"), listening); !errors.Is(err, ErrProfile) {
		t.Errorf("unknown machine: %v", err)
	}
}

// Interest in a call that the base denies changes nothing, in what the runtime
// needs too.
func TestDeniedIsLeftAlone(t *testing.T) {
	base := allowing(entry(specs.ActAllow, nil, "read"), entry(specs.ActErrno, nil, "setns"), entry(specs.ActTrap, arg(0, specs.OpGreaterThan, 1<<40), "kill"))
	merged, err := merge(machines["amd64"], base, notifying("write", "setns", "mount"), listening)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(base, merged); d != "" {
		t.Error(d)
	}
}
