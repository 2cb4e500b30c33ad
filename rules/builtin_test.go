package rules

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// ordinary is a program in a container that does what programs do.
func ordinary(e *event.Event, typ string) {
	e.Reset()
	e.Evt.Type, e.Evt.Num = typ, 1
	e.Container.ID, e.Container.Name, e.Container.Type = "0123456789ab", "app", "process"
	p := &e.Proc
	p.PID, p.PPID, p.TTY, p.SID = 30, 20, 0, 20
	p.Name, p.Exe, p.ExePath, p.CWD, p.PName = "app", "/usr/bin/app", "/usr/bin/app", "/srv", "init"
	p.Args, p.CmdLine, p.PCmdLine, p.PExePath = "--serve 80", "app --serve 80", "init", "/sbin/init"
	p.AName = [event.Depth]string{"app", "init", "tini"}
	e.User.Name, e.User.UID, e.Group.GID = "app", 1000, 1000
	e.Thread.CapEffective = "CAP_CHOWN CAP_NET_BIND_SERVICE"
	e.FD.Name, e.FD.Directory, e.FD.Filename, e.FD.Type = "/srv/data", "/srv", "data", "file"
	e.FD.SIP, e.FD.SPort = "192.0.2.7", 5432
}

func setArg(e *event.Event, name, text string, n int) {
	id, ok := syscalls.ArgID(name)
	if !ok {
		panic(name)
	}
	e.Evt.Arg[id], e.Evt.RawArg[id] = text, n
}

// What the default set leaves alone, on every ABI.
func TestDefaultFilter(t *testing.T) {
	s := load(t, Options{})
	for _, tt := range []struct {
		call string
		args [6]uint64
		want seccomp.Action
	}{
		{"write", [6]uint64{1}, seccomp.Allow},
		{"close", [6]uint64{1}, seccomp.Allow},
		{"fork", [6]uint64{}, seccomp.Allow},
		{"vfork", [6]uint64{}, seccomp.Allow},
		{"read", [6]uint64{}, seccomp.Allow},
		{"clone", [6]uint64{unix.CLONE_VM | unix.CLONE_THREAD | unix.CLONE_SIGHAND | unix.CLONE_FILES}, seccomp.Allow},
		{"clone", [6]uint64{uint64(unix.SIGCHLD)}, seccomp.Allow},
		{"clone", [6]uint64{unix.CLONE_NEWUSER | uint64(unix.SIGCHLD)}, seccomp.Notify},
		{"clone3", [6]uint64{}, seccomp.Errno(unix.ENOSYS)},
		{"unshare", [6]uint64{unix.CLONE_FILES}, seccomp.Allow},
		{"unshare", [6]uint64{unix.CLONE_NEWTIME}, seccomp.Notify},
		{"openat", [6]uint64{0, 0, unix.O_RDONLY | unix.O_CLOEXEC}, seccomp.Allow},
		{"openat", [6]uint64{0, 0, unix.O_WRONLY | unix.O_CREAT}, seccomp.Notify},
		{"openat", [6]uint64{0, 0, unix.O_RDONLY | unix.O_TRUNC}, seccomp.Notify},
		{"openat2", [6]uint64{}, seccomp.Notify},
		{"socket", [6]uint64{unix.AF_INET, unix.SOCK_STREAM}, seccomp.Allow},
		{"socket", [6]uint64{unix.AF_PACKET}, seccomp.Notify},
		{"dup2", [6]uint64{5, 7}, seccomp.Allow},
		{"dup3", [6]uint64{5, 0}, seccomp.Notify},
		{"sendto", [6]uint64{}, seccomp.Allow},
		{"sendmsg", [6]uint64{}, seccomp.Allow},
		{"ptrace", [6]uint64{uint64(unix.PTRACE_PEEKDATA)}, seccomp.Allow},
		{"connect", [6]uint64{}, seccomp.Notify},
		{"execve", [6]uint64{}, seccomp.Notify},
		{"io_uring_setup", [6]uint64{}, seccomp.Notify},
		{"seccomp", [6]uint64{unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | 1}, seccomp.Errno(unix.EBUSY)},
		{"seccomp", [6]uint64{unix.SECCOMP_SET_MODE_FILTER | 1<<40, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER}, seccomp.Errno(unix.EBUSY)},
		{"seccomp", [6]uint64{unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC}, seccomp.Allow},
		{"socketcall", [6]uint64{1}, seccomp.Notify},
	} {
		for _, abi := range decoded {
			nr, ok := syscalls.Number(abi, tt.call)
			if !ok {
				continue
			}
			for _, mode := range []Mode{Monitor, Enforce} {
				f := s.Filter(mode, []syscalls.ABI{abi})
				if got := f.Decide(abi, nr, &tt.args); got != tt.want {
					t.Errorf("%v %s(%#x) in mode %v: %v, want %v", abi, tt.call, tt.args[:3], mode, got, tt.want)
				}
			}
		}
	}
}

// An event that matches nothing costs no allocation, and most are decided
// without a look at the process.
func TestNoAllocations(t *testing.T) {
	s := load(t, Options{})
	v := s.NewEvaluator()
	matched := make([]*Rule, 0, 16)
	for _, typ := range []string{"execve", "unshare", "connect", "openat", "socket", "dup2", "ptrace", "truncate"} {
		ordinary(v.Event(), typ)
		setArg(v.Event(), "flags", "O_WRONLY|O_CLOEXEC", 1)
		v.Event().Evt.IsOpenWrite = true
		n := testing.AllocsPerRun(100, func() { matched = v.Match(matched[:0]) })
		if len(matched) > 0 {
			t.Fatalf("%s matches %s", typ, matched[0].Name)
		}
		if n != 0 {
			t.Errorf("%s: %v allocations", typ, n)
		}
		if n := testing.AllocsPerRun(100, func() {
			for stage := range Stages {
				v.Needs(stage)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations before it is decided", typ, n)
		}
		if needs := v.Needs(1); needs != 0 && typ != "execve" {
			t.Errorf("%s: sources %b are read in vain", typ, needs)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	s, err := Load(Options{})
	if err != nil {
		b.Fatal(err)
	}
	v := s.NewEvaluator()
	matched := make([]*Rule, 0, 16)
	for _, typ := range []string{"execve", "connect", "openat", "setns"} {
		b.Run(typ, func(b *testing.B) {
			ordinary(v.Event(), typ)
			b.ReportAllocs()
			for b.Loop() {
				matched = v.Match(matched[:0])
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
