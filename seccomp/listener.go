package seccomp

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What Recv and the replies report, unwrapped: so these errors cost nothing.
var (
	// ErrInterrupted: the caller was signalled or died before its call could be
	// received. The next Recv may succeed.
	ErrInterrupted = errors.New("receive notification: the caller is gone")
	// ErrHangup: the last task under the filter has ended. There is nothing
	// more to receive, ever.
	ErrHangup = errors.New("receive notification: no task is under the filter any more")
	// ErrClosed: the listener was closed by this program.
	ErrClosed = errors.New("use listener: it is closed")
	// ErrNotFound: the call was given up meanwhile, because its caller was
	// signalled or died. A signalled caller may repeat it as a new notification.
	ErrNotFound = errors.New("answer notification: the call is not waiting any more")
)

// Listener receives the calls that one filter intercepts, and answers them.
// All methods may be called by several goroutines at once; none allocates
// unless it fails for an unexpected reason.
type Listener struct {
	handle handle
	// waits: poll before each RECV, under receive.
	waits   bool
	receive sync.Mutex
}

// ListenerOption changes how a listener receives.
type ListenerOption uint8

// Stoppable lets Close wake up a blocked Recv, for one more poll(2) per
// notification (1 to 2 µs) and one receiver at a time. Without it a blocked
// Recv ends with the last task under the filter.
const Stoppable ListenerOption = 1

// NewListener takes ownership of a listener's descriptor, as Install or an OCI
// runtime returned it. On an error the descriptor stays the caller's.
//
// On kernels before 6.11 a blocked RECV does not notice the end of the last
// task, so that Recv polls before it, and receivers wait for each other.
func NewListener(fd int, opts ...ListenerOption) (*Listener, error) {
	if err := Require(NotifySizes); err != nil {
		return nil, fmt.Errorf("use listener: %w", err)
	}
	stop := -1
	if slices.Contains(opts, Stoppable) {
		var err error
		if stop, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
			return nil, fmt.Errorf("use listener: create eventfd: %w", err)
		}
	}
	return newListener(fd, stop, stop >= 0 || Require(RecvReportsExit) != nil), nil
}

func newListener(fd, stop int, waits bool) *Listener {
	return &Listener{handle: handle{fd: fd, stop: stop}, waits: waits}
}

// FD is the descriptor, for passing it on. It stays the listener's, and must
// not be used after Close.
func (l *Listener) FD() int { return l.handle.fd }

// Recv waits for the next intercepted call. It returns ErrInterrupted when the
// call was given up before it could be received, ErrHangup when no task is
// left under the filter, and ErrClosed after Close.
func (l *Listener) Recv(n *Notification) error {
	if !l.handle.acquire() {
		return ErrClosed
	}
	defer l.handle.release()
	if l.waits {
		// Two receivers that both saw one notification would leave the second
		// blocked in RECV, deaf to hang-up and Close.
		l.receive.Lock()
		defer l.receive.Unlock()
		if err := l.wait(); err != nil {
			return err
		}
	}
	*n = Notification{} // the kernel refuses a buffer that is not zero
	switch _, errno := ioctl(l.handle.fd, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(n)); errno {
	case 0:
		return nil
	case unix.ENOENT:
		if l.hungUp() {
			return ErrHangup
		}
		return ErrInterrupted
	default:
		return fmt.Errorf("receive notification: %w", errno)
	}
}

// wait returns when a notification is there to be received.
func (l *Listener) wait() error {
	fds := [2]unix.PollFd{
		{Fd: int32(l.handle.fd), Events: unix.POLLIN},
		{Fd: int32(l.handle.stop), Events: unix.POLLIN},
	}
	if _, err := poll(fds[:], -1); err != nil {
		return fmt.Errorf("wait for notification: %w", err)
	}
	switch {
	case fds[1].Revents != 0:
		return ErrClosed
	case fds[0].Revents&unix.POLLIN != 0:
		return nil
	default:
		return ErrHangup
	}
}

func (l *Listener) hungUp() bool {
	fds := [1]unix.PollFd{{Fd: int32(l.handle.fd), Events: unix.POLLIN}}
	_, err := poll(fds[:], 0)
	return err == nil && fds[0].Revents&unix.POLLHUP != 0
}

// SetSyncWakeUp tells the kernel to run the receiver on the caller's CPU as
// soon as a call is intercepted, and the caller on the receiver's when it is
// answered (from 6.6; see ChooseSyncWakeUp). It is for one receiver.
func (l *Listener) SetSyncWakeUp(on bool) error {
	if !l.handle.acquire() {
		return ErrClosed
	}
	defer l.handle.release()
	var flags uintptr
	if on {
		flags = unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
	}
	// The flags themselves are the argument; a pointer to them gives EINVAL.
	switch errno := ioctlValue(l.handle.fd, unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags); errno {
	case 0:
		return nil
	case unix.EINVAL:
		return fmt.Errorf("set sync wake-up: %w", notSupported(SyncWakeUp, errno))
	default:
		return fmt.Errorf("set sync wake-up: %w", errno)
	}
}

// Close gives the descriptor back once running calls on the listener have
// returned; no new ones can begin. When it was the last copy of the
// descriptor, calls that are waiting and later ones return ENOSYS to their
// callers. Closing twice is harmless.
func (l *Listener) Close() error {
	if !l.handle.acquire() {
		return nil
	}
	defer l.handle.release()
	if !l.handle.shut() || l.handle.stop < 0 {
		return nil
	}
	// The eventfd stays readable, so that every receiver that waits leaves.
	one := [8]byte{1}
	if _, err := unix.Write(l.handle.stop, one[:]); err != nil {
		return fmt.Errorf("stop listener: %w", err)
	}
	return nil
}
