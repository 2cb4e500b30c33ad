package rules

import (
	"slices"
	"strings"
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

// Each detection of the default set: a call that it reports, and by name.
func TestDetections(t *testing.T) {
	s := load(t, Options{Sets: []string{"reads", "strict"}})
	tests := []struct {
		call  string
		rules string // separated by |
		fill  func(*event.Event)
	}{
		{"execve", "Terminal shell in container", func(e *event.Event) {
			e.Proc.Name, e.Proc.TTY, e.Proc.PName = "bash", 34816, ""
		}},
		{"execveat", "Kubernetes Client Tool Launched in Container", func(e *event.Event) { e.Proc.Name = "kubectl" }},
		{"connect", "Contact K8S API Server From Container", func(e *event.Event) { e.FD.SIP, e.FD.SPort = "10.96.0.1", 443 }},
		{"sendto", "Contact K8S API Server From Container", func(e *event.Event) {
			e.FD.SIP, e.FD.SPort = "10.43.0.1", 6443
			setArg(e, "flags", "MSG_FASTOPEN", unix.MSG_FASTOPEN)
		}},
		{"setns", "Change thread namespace|Deny namespace change", func(*event.Event) {}},
		{"unshare", "Change thread namespace|Deny namespace change", func(e *event.Event) { setArg(e, "flags", "CLONE_NEWUSER|CLONE_FS", 0) }},
		{"clone", "Change thread namespace|Deny namespace change", func(e *event.Event) { setArg(e, "flags", "SIGCHLD|CLONE_NEWNET", 0) }},
		{"execve", "Run shell untrusted", func(e *event.Event) {
			e.Proc.Name, e.Proc.PName, e.Proc.CmdLine = "sh", "php", "sh -c id"
			e.Proc.AName = [event.Depth]string{"sh", "php", "nginx"}
		}},
		{"execve", "System user interactive", func(e *event.Event) {
			e.User.Name = "www-data"
			e.Proc.AName = [event.Depth]string{"id", "sh", "sshd"}
		}},
		{"execve", "Netcat Remote Code Execution in Container", func(e *event.Event) { e.Proc.Name, e.Proc.CmdLine = "nc", "nc -e /bin/sh" }},
		{"execve", "Search Private Keys or Passwords", func(e *event.Event) { e.Proc.Name, e.Proc.Args = "grep", "-r begin rsa private /" }},
		{"execve", "Search Private Keys or Passwords", func(e *event.Event) { e.Proc.Name, e.Proc.Args = "find", "/ -name id_rsa" }},
		{"execve", "Find AWS Credentials", func(e *event.Event) { e.Proc.Name, e.Proc.Args = "grep", "AWS_SECRET_ACCESS_KEY" }},
		{"execve", "Remove Bulk Data from Disk", func(e *event.Event) { e.Proc.Name = "shred" }},
		{"execve", "Execution from /dev/shm", func(e *event.Event) { e.Proc.ExePath = "/dev/shm/x" }},
		{"execve", "Execution from /dev/shm", func(e *event.Event) { e.Proc.Name, e.Proc.Args = "sh", "/dev/shm/x.sh" }},
		{"execve", "Fileless execution via memfd_create|Kill fileless execution", func(e *event.Event) {
			e.Proc.IsExeFromMemfd, e.Proc.ExePath = true, "memfd:x"
		}},
		{"execve", "Drop and execute new binary in container", func(e *event.Event) { e.Proc.IsExeUpperLayer = true }},
		{"execve", "Debugfs Launched in Privileged Container", func(e *event.Event) {
			e.Proc.Name, e.Thread.CapEffective = "debugfs", "CAP_SYS_ADMIN"
		}},
		{"connect", "Disallowed SSH Connection Non Standard Port", func(e *event.Event) { e.Proc.Exe, e.FD.SPort = "/usr/bin/ssh", 443 }},
		{"socket", "Packet socket created in container", func(e *event.Event) { setArg(e, "domain", "AF_PACKET", 17) }},
		{"socket", "Packet socket created in container", func(e *event.Event) {
			setArg(e, "domain", "AF_INET", 2)
			setArg(e, "type", "SOCK_PACKET", 10)
		}},
		{"dup2", "Redirect STDOUT/STDIN to Network Connection in Container", func(e *event.Event) {
			e.FD.Type = "ipv4"
			setArg(e, "newfd", "0", 0)
		}},
		{"finit_module", "Linux Kernel Module Injection Detected|Deny kernel module load", func(e *event.Event) { e.Thread.CapEffective = "CAP_SYS_MODULE" }},
		{"openat", "Detect release_agent File Container Escapes|Deny release_agent write", func(e *event.Event) {
			e.Evt.IsOpenWrite, e.FD.Filename, e.User.UID, e.Thread.CapEffective = true, "release_agent", 0, "CAP_SYS_ADMIN"
		}},
		{"ptrace", "PTRACE attached to process", func(e *event.Event) { setArg(e, "request", "PTRACE_SEIZE", 0x4206) }},
		{"ptrace", "PTRACE anti-debug attempt", func(e *event.Event) { setArg(e, "request", "PTRACE_TRACEME", 0) }},
		{"open", "Clear Log Activities", func(e *event.Event) {
			e.Evt.IsOpenWrite, e.FD.Directory = true, "/var/log"
			setArg(e, "flags", "O_WRONLY|O_TRUNC", 0)
		}},
		{"creat", "Clear Log Activities", func(e *event.Event) { e.Evt.IsOpenWrite, e.FD.Filename = true, "auth.log" }},
		{"symlinkat", "Create Symlink Over Sensitive Files", func(e *event.Event) { setArg(e, "target", "/etc/shadow", 0) }},
		{"link", "Create Hardlink Over Sensitive Files", func(e *event.Event) { e.FS.Path.Source = "/etc/shadow" }},
		{"openat2", "Read sensitive file untrusted", func(e *event.Event) { e.Evt.IsOpenRead, e.FD.Name = true, "/etc/shadow" }},
		{"open", "Directory traversal monitored file read", func(e *event.Event) {
			e.Evt.IsOpenRead, e.FD.Name, e.FD.NameRaw = true, "/etc/passwd", "../../../etc/passwd"
		}},
		{"openat", "Read sensitive file trusted after startup|Read sensitive file untrusted", func(e *event.Event) {
			e.Evt.IsOpenRead, e.FD.Name, e.Proc.Name, e.Proc.Since = true, "/etc/shadow", "nginx", 6e9
		}},
		{"openat", "Deny write below etc", func(e *event.Event) { e.Evt.IsOpenWrite, e.FD.Name = true, "/etc/passwd" }},
		{"renameat2", "Deny write below etc", func(e *event.Event) { e.FS.Path.Source = "/etc/passwd" }},
		{"io_uring_setup", "io_uring Set Up", func(*event.Event) {}},
	}
	seen := make(map[string]bool)
	v := s.NewEvaluator()
	for _, tt := range tests {
		ordinary(v.Event(), tt.call)
		tt.fill(v.Event())
		var names []string
		for _, r := range v.Match(nil) {
			names = append(names, r.Name)
			seen[r.Name] = true
			if text := r.Output.Render(v.Event()); strings.TrimSpace(text) == "" {
				t.Errorf("%s: empty output", r.Name)
			}
		}
		slices.Sort(names)
		want := strings.Split(tt.rules, "|")
		slices.Sort(want)
		if !slices.Equal(names, want) {
			t.Errorf("%s: matched %q, want %q", tt.call, names, want)
		}
		for stage := range Stages {
			if v.Needs(stage) == 0 {
				t.Errorf("%s: decided before stage %d", tt.call, stage)
			}
		}
	}
	for _, r := range s.Rules() {
		if !seen[r.Name] {
			t.Errorf("no test of %q", r.Name)
		}
		if r.Desc == "" || len(r.Tags) == 0 {
			t.Errorf("%q has no desc or no tags", r.Name)
		}
	}
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
