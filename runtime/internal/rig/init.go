package rig

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"

	"golang.org/x/sys/unix"
)

// initName is the name under which this binary is a world's first process.
const (
	initName  = "callgate-rig-init"
	noUnified = "no-unified"
)

// dispatched: this program calls Dispatch. One that does not would run itself
// again in a world, and again in that one's.
var dispatched bool

// Dispatch is a world's first process when this binary was started as one, and
// does not return then. Programs that use the rig call it first, tests in
// TestMain.
func Dispatch() {
	dispatched = true
	if len(os.Args) == 0 || os.Args[0] != initName {
		return
	}
	if err := furnish(slices.Contains(os.Args, noUnified)); err != nil {
		fmt.Fprint(os.Stderr, err)
		os.Exit(1)
	}
	go reap()
	_, _ = os.Stdout.Write([]byte{'.'})
	_, _ = io.Copy(io.Discard, os.Stdin) // ends when the test does
	os.Exit(0)
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
