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

// trial is what is done with a filter on a throw-away thread.
type trial struct {
	// setup gets the listener, first of all.
	setup func(*Listener) error
	// call runs on the thread; its probeCalls are intercepted, and serve
	// answers them on another. Nil: no calls.
	call  func(*Listener) error
	serve func(*Listener, *Notification) error
	// direct: receive without polling, on kernels where that ends by itself.
	direct bool
}

// run does the trial and returns what went wrong in it.
func (tr trial) run() error {
	installed := make(chan error, 1)
	start := make(chan struct{})
	called := make(chan error, 1)
	var l *Listener
	onThrowAwayThread(func() {
		var err error
		l, err = installProbe(!tr.direct)
		installed <- err
		if err != nil {
			return
		}
		<-start
		if tr.call != nil {
			err = tr.call(l)
		}
		called <- err
		l.Close() //nolint:errcheck // so that serveAll returns; it may be closed already
	})
	if err := <-installed; err != nil {
		return err
	}
	var err error
	if tr.setup != nil {
		err = tr.setup(l)
	}
	if err != nil {
		l.Close() //nolint:errcheck // calls return ENOSYS from here on
	}
	close(start)
	err = errors.Join(err, serveAll(l, tr.serve))
	return errors.Join(err, <-called)
}

func installProbe(stoppable bool) (*Listener, error) {
	if err := SetNoNewPrivs(); err != nil {
		return nil, err
	}
	fd, err := Install(probeFilter(), FlagNewListener)
	if err != nil {
		return nil, err
	}
	stop := -1
	if stoppable {
		if stop, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
			unix.Close(fd) //nolint:errcheck // nothing was written to it
			return nil, err
		}
	}
	return newListener(fd, stop, stoppable), nil
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
		switch {
		case err == nil, errors.Is(err, ErrInterrupted), errors.Is(err, ErrNotFound):
		case errors.Is(err, ErrClosed), errors.Is(err, ErrHangup):
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
