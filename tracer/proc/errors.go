package proc

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Callers decide on these two; everything else is an ordinary error.
var (
	// ErrGone: the thread doesn't exist any more.
	ErrGone = errors.New("the thread is gone")
	// ErrDenied: the kernel refuses to show this to callgate.
	ErrDenied = errors.New("permission denied")
	// ErrNoParent: the parent is outside of callgate's pid namespace, or there
	// is none.
	ErrNoParent = errors.New("no parent in this pid namespace")
)

// attachCause is why PTRACE_MODE_ATTACH or READ checks refuse, see ptrace(2),
// "Ptrace access mode checking".
const attachCause = "callgate lacks CAP_SYS_PTRACE over the process, which has other ids, more capabilities, is not dumpable, or is shielded by Yama"

// BlockedError says that a walk along a path ended where callgate could not go
// on, so that nobody knows what the path leads to. Where the thread may go on
// (in a user namespace it has other capabilities over its own files), it would
// reach what no rule was asked about.
type BlockedError struct{ Errno unix.Errno }

func (e *BlockedError) Error() string { return fmt.Sprintf("walk along path: %v", e.Errno) }

// Unwrap gives the errno.
func (e *BlockedError) Unwrap() error { return e.Errno }

// Own reports whether callgate itself ran short of something: the thread would
// not get this errno.
func (e *BlockedError) Own() bool {
	return e.Errno == unix.EMFILE || e.Errno == unix.ENFILE || e.Errno == unix.ENOMEM
}

// blocked is a BlockedError when the walk ended short of what it could have
// found, or else nil.
func (w *walker) blocked() error {
	errno, _ := w.failed.(unix.Errno) //nolint:errorlint // the walker's errors are bare
	if w.cur >= 0 || certain(errno) {
		return nil
	}
	return &BlockedError{errno}
}

// errno wraps the errno of a look at a thread: "verb object: cause", with
// ErrGone or ErrDenied in its chain where they apply.
func (e *entry) errno(what string, err error) error {
	switch {
	case errors.Is(err, unix.ESRCH), errors.Is(err, unix.ENOENT):
		return &threadError{tid: e.tid, what: what, kind: ErrGone, errno: err}
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return &threadError{tid: e.tid, what: what, kind: ErrDenied, errno: err}
	}
	return &threadError{tid: e.tid, what: what, errno: err}
}

// threadError is formatted only when somebody prints it: on the hot path a
// thread that has gone is an ordinary outcome.
type threadError struct {
	tid   int
	what  string
	kind  error // ErrGone, ErrDenied or nil
	errno error
}

func (e *threadError) Error() string {
	if e.kind == ErrDenied {
		return fmt.Sprintf("%s of thread %d: %v (%s)", e.what, e.tid, e.errno, attachCause)
	}
	return fmt.Sprintf("%s of thread %d: %v", e.what, e.tid, e.errno)
}

func (e *threadError) Unwrap() []error {
	if e.kind == nil {
		return []error{e.errno}
	}
	return []error{e.kind, e.errno}
}
