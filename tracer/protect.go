package tracer

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/proc"
	"github.com/callgate/callgate/tracer/source"
)

// Self-protection: a supervised process must not end, stop, trace or limit the
// processes that supervise it. PR_SET_DUMPABLE 0 keeps others of the same user
// from tracing them; what it does not keep them from, and what root may do all
// the same, is intercepted here. Of signals only those matter that end or stop
// a Go program whatever it does: it catches or ignores all others.

// guarded is a call that can reach a supervisor, and how its registers name the
// victim.
type guarded struct {
	name   string
	victim int  // index of the argument that names the process
	pidfd  bool // it is a pidfd, not a process id
	when   []seccomp.Cube
	unless []seccomp.Cube
}

func equal(arg uint8, v uint64) seccomp.Cube {
	return seccomp.Cube{{Arg: arg, Mask: 0xffffffff, Value: v}}
}

// fatalSignals can't be caught, or stand for faults: those end a Go program
// unless they were sent with si_code SI_USER, which the sender chooses
// (rt_sigqueueinfo(2)).
var fatalSignals = []unix.Signal{
	unix.SIGKILL, unix.SIGSTOP, unix.SIGILL, unix.SIGTRAP, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSTKFLT, unix.SIGSYS,
}

// fatal is one of the fatal signals in a register.
func fatal(arg uint8) (cubes []seccomp.Cube) {
	for _, s := range fatalSignals {
		cubes = append(cubes, equal(arg, uint64(s))) //nolint:gosec // small and positive
	}
	return cubes
}

var always = []seccomp.Cube{{}}

var guards = []guarded{
	{name: "kill", when: fatal(1)},
	{name: "tkill", when: fatal(1)},
	{name: "tgkill", when: fatal(2)},
	{name: "rt_sigqueueinfo", when: fatal(1)},
	{name: "rt_tgsigqueueinfo", when: fatal(2)},
	{name: "pidfd_send_signal", pidfd: true, when: fatal(1)},
	{name: "ptrace", victim: 1, when: []seccomp.Cube{equal(0, unix.PTRACE_ATTACH), equal(0, unix.PTRACE_SEIZE)}},
	{name: "process_vm_writev", when: always},
	{name: "pidfd_getfd", pidfd: true, when: always},
	{name: "prlimit64", unless: []seccomp.Cube{equal(0, 0)}, when: always}, // 0: its own limits
}

// Protect adds to a filter the interception of calls that could reach the
// supervisor.
func Protect(f *seccomp.Filter, abis []syscalls.ABI) {
	for _, abi := range abis {
		for _, g := range guards {
			nr, ok := syscalls.Number(abi, g.name)
			if !ok {
				continue
			}
			k := seccomp.Key{ABI: abi, NR: nr}
			for _, c := range g.unless {
				f.Add(k, c, seccomp.Allow)
			}
			for _, c := range g.when {
				f.Add(k, c, seccomp.Notify)
			}
		}
		refuseSignalledIO(f, abi)
	}
}

// refuseSignalledIO refuses to have one's own descriptors send a fatal signal:
// F_SETOWN names any process of the same user as its receiver, also later and
// through a structure in memory (fcntl(2)). The filter answers by itself, since
// fcntl is among the calls that runtimes need before anybody listens.
//
// No more bits are compared than tell F_SETSIG from other commands (up to 38,
// and from 1024 on) and signals, up to 64, from each other: in a profile that is
// an allow-list each bit costs rules. What else has these bits gives EINVAL
// anyway.
func refuseSignalledIO(f *seccomp.Filter, abi syscalls.ABI) {
	for _, name := range []string{"fcntl", "fcntl64"} {
		nr, ok := syscalls.Number(abi, name)
		if !ok {
			continue
		}
		for _, signal := range fatalSignals {
			f.Add(seccomp.Key{ABI: abi, NR: nr}, seccomp.Cube{
				{Arg: 1, Mask: 0x43f, Value: unix.F_SETSIG},
				{Arg: 2, Mask: 0x7f, Value: uint64(signal)}, //nolint:gosec // small and positive
			}, seccomp.Errno(unix.EPERM))
		}
	}
}

// protector recognises calls on the supervisor's processes.
type protector struct {
	pids   []int // the supervisor's processes
	guards syscalls.ByNumber[*guarded]
}

func newProtector(pids []int) *protector {
	p := &protector{pids: pids}
	for _, abi := range syscalls.Native() {
		for i := range guards {
			if nr, ok := syscalls.Number(abi, guards[i].name); ok {
				p.guards.Set(abi, nr, &guards[i])
			}
		}
	}
	return p
}

// refuses reports whether a call must not be let through because it would reach
// the supervisor. A caller in another pid namespace can't name it by number.
func (p *protector) refuses(c *source.Call, th *proc.Thread) bool {
	if len(p.pids) == 0 {
		return false
	}
	g := p.guards.Get(c.ABI, c.NR)
	if g == nil || !slices.ContainsFunc(g.when, func(cube seccomp.Cube) bool { return cube.Holds(&c.Args) }) {
		return false
	}
	victim := int(int32(c.Args[g.victim])) //nolint:gosec // pid_t and descriptors are ints
	if g.pidfd {
		return p.owns(pidOfFD(th, victim))
	}
	if g.name != "kill" || victim > 0 {
		return p.owns(victim) && th.SamePIDNamespace()
	}
	return p.inGroup(-victim, th)
}

// pidOfFD is the process that a thread's descriptor stands for in calls that
// take a pidfd, or 0. pidfd_send_signal takes a directory of /proc as well
// (pidfd_send_signal(2)).
func pidOfFD(th *proc.Thread, fd int) int {
	info, err := th.FD(nil, fd)
	if err != nil || info.Type != "directory" {
		return info.PID
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(th.TID()) + "/fd/" + strconv.Itoa(fd) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "\nTgid:")
	number, _, _ := strings.Cut(rest, "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(number))
	return pid
}

// owns reports whether a process or thread id is one of the supervisor's.
func (p *protector) owns(id int) bool {
	return id > 0 && slices.ContainsFunc(p.pids, func(pid int) bool {
		// Signal 0 only asks: does this thread belong to that process?
		return pid == id || unix.Tgkill(pid, id, 0) == nil
	})
}

// inGroup reports whether kill(2) with a negative or zero pid would reach the
// supervisor: group 0 is the caller's own, 1 stands for every process.
func (p *protector) inGroup(group int, th *proc.Thread) bool {
	switch group {
	case 1:
		return th.SamePIDNamespace()
	case 0:
		own, err := unix.Getpgid(th.TGID())
		if err != nil {
			return true
		}
		group = own
	default:
		if !th.SamePIDNamespace() {
			return false
		}
	}
	return slices.ContainsFunc(p.pids, func(pid int) bool {
		g, err := unix.Getpgid(pid)
		return err == nil && g == group
	})
}
