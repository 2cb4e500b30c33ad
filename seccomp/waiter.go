package seccomp

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Waiter waits for a listener's notifications in Go's network poller: unlike a
// blocked Recv it needs no thread, so a process can have hundreds, and it can be
// told to stop. It is used by one goroutine; Stop by any.
//
// While a Waiter is there each notification wakes the poller as well, so a
// listener that is busy is better off without one.
type Waiter struct {
	file *os.File
	fd   uintptr // the file's; its Fd method would take it out of the poller
	look func(fd uintptr) bool
	raw  interface {
		Read(func(uintptr) bool) error
	}
	events int16 // that look saw
	err    error
}

// ErrStopped is what Wait returns after Stop.
var ErrStopped = errors.New("wait for notification: stopped")

// NewWaiter makes a waiter, to be closed when it is not needed any more.
func (l *Listener) NewWaiter() (*Waiter, error) {
	if !l.handle.acquire() {
		return nil, ErrClosed
	}
	defer l.handle.release()
	fd, err := unix.FcntlInt(uintptr(l.handle.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicate listener: %w", err)
	}
	// Only what does not block is given to the poller. RECV takes no notice of
	// O_NONBLOCK, here or in another holder of the listener.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("set listener non-blocking: %w", err)
	}
	w := &Waiter{file: os.NewFile(uintptr(fd), "seccomp listener"), fd: uintptr(fd)}
	if w.raw, err = w.file.SyscallConn(); err != nil {
		w.Close()
		return nil, fmt.Errorf("watch listener: %w", err)
	}
	if err := w.file.SetReadDeadline(time.Time{}); err != nil { // os.ErrNoDeadline: it is not in the poller
		w.Close()
		return nil, fmt.Errorf("watch listener: %w", err)
	}
	w.look = func(fd uintptr) bool {
		fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		_, w.err = poll(fds[:], 0)
		w.events = fds[0].Revents
		return w.err != nil || w.events != 0
	}
	return w, nil
}

// Ready reports whether Wait would return at once.
func (w *Waiter) Ready() bool { return w.look(w.fd) }

// Wait returns nil when there is something to receive, ErrHangup when there
// never will be, and ErrStopped after Stop.
func (w *Waiter) Wait() error {
	err := w.raw.Read(w.look)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrStopped
	case err == nil:
		err = w.err
	}
	switch {
	case err != nil:
		return fmt.Errorf("wait for notification: %w", err)
	case w.events&unix.POLLIN != 0:
		return nil
	}
	return ErrHangup
}

// Stop ends Wait, now and later.
func (w *Waiter) Stop() {
	_ = w.file.SetReadDeadline(time.Unix(1, 0)) // fails only when it is closed, and then nobody waits
}

// Close gives back the waiter's descriptor. The listener's stays.
func (w *Waiter) Close() { _ = w.file.Close() }
