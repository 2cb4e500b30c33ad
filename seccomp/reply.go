package seccomp

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Continue lets the call happen, as if it had not been intercepted. What the
// caller's memory holds may have changed since it was read.
func (l *Listener) Continue(id uint64) error {
	return l.send(&response{id: id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE})
}

// ReturnErrno makes the call return -1 with errno e, without happening.
func (l *Listener) ReturnErrno(id uint64, e unix.Errno) error {
	return l.send(&response{id: id, err: -int32(e)})
}

// ReturnValue makes the call return v, without happening.
func (l *Listener) ReturnValue(id uint64, v int64) error {
	return l.send(&response{id: id, val: v})
}

func (l *Listener) send(r *response) error {
	_, err := l.answer(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(r))
	return err
}

// Valid reports whether the call is still waiting for its answer. Only when it
// is, what was read of the caller before is the caller's, and not that of
// another process that got its id.
func (l *Listener) Valid(id uint64) bool {
	_, err := l.answer(unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&id))
	return err == nil
}

// AddFDOptions say where a descriptor is put in the caller's table.
type AddFDOptions struct {
	// At is the number that it gets, closing what was there; 0 or less: the
	// lowest free number.
	At int
	// CloseOnExec sets FD_CLOEXEC on it.
	CloseOnExec bool
	// Answer makes the number the call's result, in the same step (from 5.14).
	Answer bool
}

// AddFD puts a copy of the descriptor fd into the caller's table and returns
// its number there (from 5.9).
func (l *Listener) AddFD(id uint64, fd int, o AddFDOptions) (int, error) {
	req := addFD{id: id, srcFD: uint32(fd)}
	if o.At > 0 {
		req.flags, req.newFD = unix.SECCOMP_ADDFD_FLAG_SETFD, uint32(o.At)
	}
	if o.CloseOnExec {
		req.newFDFlags = unix.O_CLOEXEC
	}
	if o.Answer {
		req.flags |= unix.SECCOMP_ADDFD_FLAG_SEND
	}
	return l.answer(unix.SECCOMP_IOCTL_NOTIF_ADDFD, unsafe.Pointer(&req))
}

func (l *Listener) answer(req uintptr, arg unsafe.Pointer) (int, error) {
	if !l.handle.acquire() {
		return 0, ErrClosed
	}
	defer l.handle.release()
	switch r, errno := ioctl(l.handle.fd, req, arg); errno {
	case 0:
		return r, nil
	case unix.ENOENT:
		return 0, ErrNotFound
	default:
		return 0, fmt.Errorf("answer notification: %w", errno)
	}
}
