package seccomp

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Flags of Install.
type Flags uint32

// Flags that callgate uses; BestFlags gives those that the kernel knows.
const (
	// FlagNewListener makes Install return a descriptor for intercepted calls.
	FlagNewListener Flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	// FlagWaitKillable: once a call is received, only fatal signals end its wait.
	// Without it every signal makes the caller give up and repeat the call,
	// and Go programs signal themselves all the time.
	FlagWaitKillable Flags = unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	// FlagSpecAllow keeps kernels before 5.16 from slowing the whole process down
	// with mitigations against speculation.
	FlagSpecAllow Flags = unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW
)

// Reasons why a filter can not be installed.
var (
	// ErrBusy: another filter above has a listener, and a task can have but one.
	ErrBusy = errors.New("a filter with a listener is installed already: this process runs in a sandbox that " +
		"intercepts system calls too, such as another callgate, and the kernel lets no two do that")
	// ErrNoNewPrivs: neither no_new_privs nor CAP_SYS_ADMIN.
	ErrNoNewPrivs = errors.New("no_new_privs is not set, and CAP_SYS_ADMIN is missing")
)

// BestFlags are FlagNewListener and what the running kernel offers to go with it.
func BestFlags() Flags {
	flags := FlagNewListener
	for feature, flag := range map[Feature]Flags{WaitKillableRecv: FlagWaitKillable, SpeculationAllow: FlagSpecAllow} {
		if Require(feature) == nil {
			flags |= flag
		}
	}
	return flags
}

// SetNoNewPrivs makes the calling thread, and all that it starts, unable to
// gain privileges by executing a program: without it, or CAP_SYS_ADMIN, no
// filter can be installed. It can not be undone.
func SetNoNewPrivs() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	return nil
}

// Install puts the filter on the calling thread, which must be locked to its
// goroutine; programs and threads that it starts inherit it, and it can not be
// undone. With FlagNewListener it returns a descriptor (close-on-exec) for
// NewListener, else -1. The filter holds from the next call on, also for the
// calls that Go's runtime makes on this thread.
func Install(prog []unix.SockFilter, flags Flags) (fd int, err error) {
	if len(prog) == 0 || len(prog) > unix.BPF_MAXINSNS {
		return -1, fmt.Errorf("install filter: %d instructions, the kernel takes 1 to %d", len(prog), unix.BPF_MAXINSNS)
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	fd, errno := sysSeccomp(unix.SECCOMP_SET_MODE_FILTER, uintptr(flags), unsafe.Pointer(&fprog))
	runtime.KeepAlive(prog)
	switch {
	case errno == unix.EBUSY:
		return -1, fmt.Errorf("install filter: %w (%w)", ErrBusy, errno)
	case errno == unix.EACCES:
		return -1, fmt.Errorf("install filter: %w (%w)", ErrNoNewPrivs, errno)
	case errno != 0:
		return -1, fmt.Errorf("install filter: %w", errno)
	case flags&FlagNewListener == 0:
		return -1, nil
	}
	return fd, nil
}
