package seccomp

import (
	"errors"
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

func probeInstallListener() error { return trial{}.run() }

func probeContinue() error {
	return trial{
		call: func(*Listener) error {
			if _, errno := probeCall(); errno != 0 {
				return errno
			}
			return nil
		},
		serve: func(l *Listener, n *Notification) error { return l.Continue(n.ID) },
	}.run()
}

func probeSyncWakeUp() error {
	return trial{setup: func(l *Listener) error { return l.SetSyncWakeUp(true) }}.run()
}

// probeAddFD names a call that does not exist: a kernel that knows the request
// and its flags finds out last, and says so by ENOENT.
func probeAddFD(o AddFDOptions) func() error {
	return trial{setup: func(l *Listener) error {
		_, err := l.AddFD(0, l.FD(), o)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}}.run
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
