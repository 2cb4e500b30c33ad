package decode

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/tracer/proc"
)

// ErrFault is in the chain of an error for an address that can't be read. A
// thread that is gone gives its Target's own error instead.
const ErrFault = unix.EFAULT

// ArgError is an argument for which the kernel would refuse the call as it was
// when callgate read it: with EFAULT, EINVAL, E2BIG or ENAMETOOLONG. The thread
// may have changed its memory since, so on a call that a rule stops it is no
// reason to let the call continue.
type ArgError struct {
	Arg   string // the argument's name
	Addr  uint64 // the address that was read
	Errno unix.Errno
}

func (e *ArgError) Error() string {
	return fmt.Sprintf("decode argument %s at %#x: %v", e.Arg, e.Addr, e.Errno)
}

func (e *ArgError) Unwrap() error { return e.Errno }

// bad is the error for argument i.
func (d *Decoder) bad(i int, addr uint64, errno unix.Errno) error {
	return &ArgError{Arg: d.call.Spec.Args[i].Name, Addr: addr, Errno: errno}
}

// wrap names the argument of a failed read.
func (d *Decoder) wrap(i int, addr uint64, err error) error {
	if errno, ok := err.(unix.Errno); ok { //nolint:errorlint // memory returns bare numbers for what the kernel would refuse
		return d.bad(i, addr, errno)
	}
	return fmt.Errorf("decode argument %s: %w", d.call.Spec.Args[i].Name, err)
}

// lost keeps what the target says about the thread itself: that it is gone, or
// may not be looked at, or walks where callgate can't follow. Its other errors tell of a number that is no descriptor
// or no socket: the fields stay missing, and the kernel refuses the call.
func lost(what string, err error) error {
	_, blocked := errors.AsType[*proc.BlockedError](err)
	if blocked || errors.Is(err, proc.ErrGone) || errors.Is(err, proc.ErrDenied) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
