package rig

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// Names under which this binary is a world's first process, and what a process of
// a booted world begins as.
const (
	initName  = "callgate-rig-init"
	enterName = "callgate-rig-enter"
)

// Arguments of a first process.
const (
	noUnified = "no-unified"
	booted    = "booted" // DIR BUILT V1...: see boot
)

// dispatched: this program calls Dispatch. One that does not would run itself
// again in a world, and again in that one's.
var dispatched bool

// Dispatch is a world's first process, or what leads to another, when this binary
// was started as one, and does not return then. Programs that use the rig call it
// first, tests in TestMain.
func Dispatch() {
	dispatched = true
	if len(os.Args) == 0 || os.Args[0] != initName && os.Args[0] != enterName {
		return
	}
	runtime.LockOSThread() // whose namespaces those of an executed program are
	var err error
	switch {
	case os.Args[0] == enterName:
		err = enterBooted(os.Args[1], os.Args[2:])
	case len(os.Args) >= 4 && os.Args[1] == booted:
		err = boot(os.Args[2], os.Args[3], os.Args[4:])
	default:
		err = stay(slices.Contains(os.Args, noUnified))
	}
	if err != nil {
		fmt.Fprint(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// stay is the first process of a world that is not booted.
func stay(hideUnified bool) error {
	if err := furnish(hideUnified); err != nil {
		return err
	}
	go reap()
	if err := tellReady(); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, os.Stdin) // ends when the test does
	return err
}

// tellReady tells the test that the world is furnished.
func tellReady() error {
	_, err := os.Stdout.Write([]byte{'.'})
	return err
}

// furnish makes the world's mounts and its loopback device.
func furnish(hideUnified bool) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, m := range []struct{ kind, at, data string }{
		{"proc", "/proc", ""},
		// Whatever engines and runtimes of a machine share lies in /run: shim
		// sockets, states of runc, names of network namespaces.
		{"tmpfs", "/run", "mode=0755"},
	} {
		if err := unix.Mount(m.kind, m.at, m.kind, unix.MS_NOSUID|unix.MS_NODEV, m.data); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	const unified = "/sys/fs/cgroup/unified"
	if hideUnified {
		if err := unix.Unmount(unified, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("unmount %s: %w", unified, err)
		}
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("start loopback device: %w: %s", err, out)
	}
	return nil
}

// reap takes the status of orphans, which come to the first process.
func reap() {
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	for range died {
		for {
			if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 && !errors.Is(err, unix.EINTR) {
				break
			}
		}
	}
}
