package seccomp

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

func probeUserNotify() error {
	action := uint32(Notify)
	if _, errno := sysSeccomp(unix.SECCOMP_GET_ACTION_AVAIL, 0, unsafe.Pointer(&action)); errno != 0 {
		return errno
	}
	return nil
}

func probeNotifySizes() error {
	var sizes notifSizes
	if _, errno := sysSeccomp(unix.SECCOMP_GET_NOTIF_SIZES, 0, unsafe.Pointer(&sizes)); errno != 0 {
		return errno
	}
	if sizes != wantSizes {
		return fmt.Errorf("the kernel's records have %v bytes, callgate knows %v", sizes, wantSizes)
	}
	return nil
}

func probeInstallListener() error {
	return withListener(func(*Listener) error { return nil })
}

func probeContinue() error {
	call := func() error {
		if _, errno := probeCall(); errno != 0 {
			return errno
		}
		return nil
	}
	answer := func(l *Listener, n *Notification) error { return l.Continue(n.ID) }
	return withNotified(call, answer, func(*Listener) error { return nil })
}

func probeSyncWakeUp() error {
	return withListener(func(l *Listener) error { return l.SetSyncWakeUp(true) })
}

// probeAddFD names a call that does not exist: a kernel that knows the request
// and its flags finds out last, and says so by ENOENT.
func probeAddFD(o AddFDOptions) func() error {
	return func() error {
		return withListener(func(l *Listener) error {
			_, err := l.AddFD(0, l.FD(), o)
			if err == ErrNotFound { //nolint:errorlint // a sentinel, compared as documented
				return nil
			}
			return err
		})
	}
}

// probeVersion goes by the version, for what can not be tried: on a kernel that
// does not report the last exit, a thread would stay blocked for ever.
func probeVersion(since Version) func() error {
	return func() error {
		running, err := RunningVersion()
		if err == nil && running.Less(since) {
			err = unix.EOPNOTSUPP
		}
		return err
	}
}
