package seccomp

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Action is what the kernel does with a call: a SECCOMP_RET_* word, the errno
// in its low 16 bits (linux/seccomp.h).
type Action uint32

// Actions of a filter.
const (
	Allow  Action = unix.SECCOMP_RET_ALLOW
	Notify Action = unix.SECCOMP_RET_USER_NOTIF
	Kill   Action = unix.SECCOMP_RET_KILL_PROCESS
)

// Errno is the action that makes the call return -1 with errno e.
func Errno(e unix.Errno) Action {
	return Action(unix.SECCOMP_RET_ERRNO | uint32(e)&unix.SECCOMP_RET_DATA)
}

// maxErrno is the largest errno that the kernel gives to a caller: it clamps
// what a filter asks for (MAX_ERRNO, linux/err.h).
const maxErrno = 4095

// String is the action as users write it: allow, notify, kill, or errno's name.
func (a Action) String() string {
	switch a {
	case Allow:
		return "allow"
	case Notify:
		return "notify"
	case Kill:
		return "kill"
	}
	if e, ok := a.errno(); ok {
		if name := unix.ErrnoName(e); name != "" {
			return name
		}
		return fmt.Sprintf("errno %d", int(e))
	}
	return fmt.Sprintf("action %#x", uint32(a))
}

func (a Action) errno() (unix.Errno, bool) {
	return unix.Errno(a & unix.SECCOMP_RET_DATA), a&unix.SECCOMP_RET_ACTION_FULL == unix.SECCOMP_RET_ERRNO
}

// known reports whether the action is one of those above.
func (a Action) known() bool {
	e, isErrno := a.errno()
	return a == Allow || a == Notify || a == Kill || isErrno && e > 0 && e <= maxErrno
}

// parseAction is the inverse of Action.String, for the actions of a filter.
func parseAction(s string) (Action, error) {
	switch s {
	case Allow.String():
		return Allow, nil
	case Notify.String():
		return Notify, nil
	case Kill.String():
		return Kill, nil
	}
	for e := unix.Errno(1); e <= maxErrno; e++ {
		if name := unix.ErrnoName(e); name != "" && name == s {
			return Errno(e), nil
		}
	}
	if number, ok := strings.CutPrefix(s, "errno "); ok {
		if n, err := strconv.ParseUint(number, 10, 16); err == nil {
			if a := Errno(unix.Errno(n)); a.known() && a.String() == s {
				return a, nil
			}
		}
	}
	return 0, fmt.Errorf("unknown action %q", s)
}
