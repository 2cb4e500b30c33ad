package oci

import (
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// Actions that profiles have and filters have not.
const (
	logged     seccomp.Action = unix.SECCOMP_RET_LOG
	killThread seccomp.Action = unix.SECCOMP_RET_KILL_THREAD
)

// words are the profile's actions as the kernel's.
var words = map[specs.LinuxSeccompAction]seccomp.Action{
	specs.ActAllow:       seccomp.Allow,
	specs.ActLog:         logged,
	specs.ActNotify:      seccomp.Notify,
	specs.ActKillProcess: seccomp.Kill,
	specs.ActKillThread:  killThread,
	specs.ActKill:        killThread,
	specs.ActTrap:        unix.SECCOMP_RET_TRAP,
	specs.ActErrno:       unix.SECCOMP_RET_ERRNO,
	specs.ActTrace:       unix.SECCOMP_RET_TRACE,
}

// wordOf is a profile's action as the kernel's word. Without a number ERRNO and
// TRACE carry EPERM, in runc as in crun.
func wordOf(a specs.LinuxSeccompAction, number *uint) (seccomp.Action, error) {
	w, ok := words[a]
	if !ok {
		return 0, refuse("", ErrProfile, "unknown action %q", a)
	}
	if a != specs.ActErrno && a != specs.ActTrace {
		return w, nil
	}
	if number == nil {
		return w | seccomp.Action(unix.EPERM), nil
	}
	if *number > unix.SECCOMP_RET_DATA {
		return 0, refuse("", ErrProfile, "%s with number %d", a, *number)
	}
	return w | seccomp.Action(*number), nil
}

// actionOf is the inverse of wordOf.
func actionOf(w seccomp.Action) (specs.LinuxSeccompAction, *uint) {
	number := uint(w & unix.SECCOMP_RET_DATA)
	switch w &^ unix.SECCOMP_RET_DATA {
	case unix.SECCOMP_RET_ERRNO:
		return specs.ActErrno, &number
	case unix.SECCOMP_RET_TRACE:
		return specs.ActTrace, &number
	case killThread:
		return specs.ActKillThread, nil
	}
	for name, word := range words {
		if word == w {
			return name, nil
		}
	}
	panic(fmt.Sprintf("action %#x came from no profile and no filter", uint32(w)))
}

// permits reports whether an action lets the call happen without asking
// anybody: what may be notified instead.
func permits(a seccomp.Action) bool { return a == seccomp.Allow || a == logged }
