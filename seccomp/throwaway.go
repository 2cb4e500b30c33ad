package seccomp

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A filter belongs to a thread, and Go ends a thread whose goroutine ends
// while it is locked to it. So a filter can be tried, listener and all, on a
// thread of this very process, and nothing of it stays.

// onThrowAwayThread starts f on a thread that ends with f.
func onThrowAwayThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		// Go can not end the main thread and parks it for ever, with all that f
		// did to it. Hold it while another goroutine finds another thread.
		taken := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(taken)
			f()
		}()
		<-taken
		runtime.UnlockOSThread()
	}()
}

// probeArg is the first argument of the calls that the probe's filter
// intercepts: those that Go's runtime makes on the thread are let alone.
const probeArg = 0x676c6c63

// probeCall is the intercepted call. It must be one that does nothing.
func probeCall() (uintptr, unix.Errno) {
	// Not raw: while this thread is held, the goroutine that answers it must run.
	r, _, errno := unix.Syscall(unix.SYS_GETPPID, probeArg, 0, 0)
	return r, errno
}

func probeFilter() []unix.SockFilter {
	const nr, arg0 = 0, 16 // offsets in struct seccomp_data
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: nr},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 3, K: unix.SYS_GETPPID},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: arg0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: probeArg},
		{Code: unix.BPF_RET | unix.BPF_K, K: uint32(Notify)},
		{Code: unix.BPF_RET | unix.BPF_K, K: uint32(Allow)},
	}
}

// withListener runs use while a throw-away thread is under a filter with a
// listener.
func withListener(use func(*Listener) error) error {
	return withNotified(func() error { return nil }, nil, use)
}

// withNotified runs call on a throw-away thread under a filter that intercepts
// probeCall, while serve answers here. Before that, setup gets the listener.
// The first error of any of them is returned.
func withNotified(call func() error, serve func(*Listener, *Notification) error, setup func(*Listener) error) error {
	installed := make(chan error, 1)
	start := make(chan struct{})
	called := make(chan error, 1)
	var l *Listener
	onThrowAwayThread(func() {
		var err error
		l, err = installProbe()
		installed <- err
		if err != nil {
			return
		}
		<-start
		called <- call()
		l.Close() //nolint:errcheck // it ends the loop below, or it was closed
	})
	if err := <-installed; err != nil {
		return err
	}
	err := setup(l)
	if err != nil {
		l.Close() //nolint:errcheck // all calls return ENOSYS now
	}
	close(start)
	err = errors.Join(err, serveAll(l, serve))
	return errors.Join(err, <-called)
}

func installProbe() (*Listener, error) {
	if err := SetNoNewPrivs(); err != nil {
		return nil, err
	}
	fd, err := Install(probeFilter(), FlagNewListener)
	if err != nil {
		return nil, err
	}
	stop, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd) //nolint:errcheck // nothing was written to it
		return nil, err
	}
	return newListener(fd, stop, true), nil
}

// serveAll answers until the listener is closed. When an answer fails it is
// closed here, which lets the caller go on with ENOSYS.
func serveAll(l *Listener, serve func(*Listener, *Notification) error) error {
	var n Notification
	for {
		err := l.Recv(&n)
		if err == nil {
			err = serve(l, &n)
		}
		switch err { //nolint:errorlint // sentinels, compared as documented
		case nil, ErrInterrupted, ErrNotFound:
		case ErrClosed, ErrHangup:
			return nil
		default:
			l.Close() //nolint:errcheck // the error above says more
			return err
		}
	}
}

// probeFlags asks for a flag of the filter without a filter: the kernel checks
// the flags first (EINVAL), then looks for the filter (EFAULT).
func probeFlags(flag Flags) func() error {
	return func() error {
		_, errno := sysSeccomp(unix.SECCOMP_SET_MODE_FILTER, uintptr(flag|FlagNewListener), unsafe.Pointer(nil))
		if errno == unix.EFAULT {
			return nil
		}
		return errno
	}
}
