package rig

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Start starts a command as a process of the world. Its id, c.Process.Pid, is
// that of the outside.
func (w *World) Start(c *exec.Cmd) error {
	return w.inside(unix.CLONE_NEWPID|unix.CLONE_NEWNS|unix.CLONE_NEWNET, c.Start)
}

// Dial connects to an address of the world's network; the host must be an IP
// address, since the connection is to be made on the calling thread.
func (w *World) Dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = w.inside(unix.CLONE_NEWNET, func() error {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Listen listens on an address of the world's network.
func (w *World) Listen(network, address string) (l net.Listener, err error) {
	err = w.inside(unix.CLONE_NEWNET, func() error {
		l, err = new(net.ListenConfig).Listen(context.Background(), network, address)
		return err
	})
	return l, err
}

// inside calls f on a thread that has entered namespaces of the world. The
// thread is never used again: goroutines that end locked take it with them.
func (w *World) inside(kinds int, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := w.enter(kinds); err != nil {
			done <- fmt.Errorf("enter world: %w", err)
			return
		}
		done <- f()
	}()
	return <-done
}

func (w *World) enter(kinds int) error {
	// A thread enters a mount namespace only when it shares its root and
	// working directory with no other (setns(2)).
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	for _, n := range []struct {
		kind int
		name string
	}{{unix.CLONE_NEWNET, "net"}, {unix.CLONE_NEWPID, "pid"}, {unix.CLONE_NEWNS, "mnt"}} {
		if kinds&n.kind == 0 {
			continue
		}
		f, err := os.Open("/proc/" + strconv.Itoa(w.init.Process.Pid) + "/ns/" + n.name)
		if err != nil {
			return err
		}
		err = unix.Setns(int(f.Fd()), n.kind)
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("%s namespace: %w", n.name, err)
		}
	}
	return nil
}
