package oci

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// runtimeNeeds are the calls that a runtime makes, or may make, on the thread
// that it has put the filter on, before its listener has been handed over. To
// notify one of them is to wait for an answer that can't come, so interest in
// them is refused, not dropped.
//
// runc's init tells its parent the descriptor's number by write(2); crun shares
// the descriptor with a helper, which has no filter, and only waits for it.
// (Before 1.6 crun sent it itself: runtime/runc refuses those.) The rest are
// what Go's runtime does under runc's init at any time, with the registers that
// it uses: scheduling, preemption, memory, threads; fcntl(2) with the commands
// that os.NewFile and net use hung runc 1.2-rc.
var runtimeNeeds = map[string][]seccomp.Cube{
	"write":          always,
	"futex":          always,
	"rt_sigaction":   always,
	"rt_sigprocmask": always,
	"rt_sigreturn":   always,
	"sigaltstack":    always,
	"mmap":           always,
	"munmap":         always,
	"mprotect":       always,
	"madvise":        always,
	"brk":            always,
	"nanosleep":      always,
	"sched_yield":    always,
	"getpid":         always,
	"gettid":         always,
	"epoll_ctl":      always,
	"epoll_pwait":    always,
	"clock_gettime":  always,
	"exit":           always,
	"exit_group":     always,
	"tgkill":         {{{Arg: 2, Mask: lowHalf, Value: uint64(unix.SIGURG)}}},
	"clone":          {{{Arg: 0, Mask: lowHalf, Value: goThread}}},
	"fcntl": {
		{{Arg: 1, Mask: lowHalf &^ 7, Value: 0}}, // F_DUPFD to F_SETLKW
		{{Arg: 1, Mask: lowHalf, Value: unix.F_DUPFD_CLOEXEC}},
	},
}

var always = []seccomp.Cube{nil}

// goThread are the flags with which Go's runtime starts a thread (os_linux.go).
const goThread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_SYSVSEM | unix.CLONE_THREAD

// neededByRuntime refuses to notify what the runtime needs.
func neededByRuntime(name string, notified seccomp.Cube) error {
	for _, need := range runtimeNeeds[name] {
		if _, meet := need.Intersect(notified); meet {
			return refuse(name, ErrRuntime, "when %v", notified)
		}
	}
	return nil
}
