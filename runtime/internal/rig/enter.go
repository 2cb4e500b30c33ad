package rig

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a command as a process of the world. Its id, c.Process.Pid, is
// that of the outside.
func (w *World) Start(c *exec.Cmd) error {
	start := c.Start
	if w.booted {
		start = func() error { return w.startBooted(c) }
	}
	return w.inside(unix.CLONE_NEWPID|unix.CLONE_NEWNS|unix.CLONE_NEWNET, start)
}

// startBooted starts a command of a booted world on a thread that is inside. It
// gets its cgroup at its birth and enters the namespace of cgroups then: out of
// that no process can be moved into it where cgroups are delegated (cgroups(7),
// nsdelegate).
func (w *World) startBooted(c *exec.Cmd) error {
	root, err := unifiedRoot() // the world's
	if err != nil {
		return err
	}
	cgroup, err := os.Open(filepath.Join(root, "init.scope"))
	if err != nil {
		return err
	}
	defer cgroup.Close()
	if c.SysProcAttr == nil {
		c.SysProcAttr = &syscall.SysProcAttr{}
	}
	c.SysProcAttr.UseCgroupFD, c.SysProcAttr.CgroupFD = true, int(cgroup.Fd())
	path, args := c.Path, c.Args
	c.Path, c.Args = "/proc/self/exe", append([]string{enterName, path}, args...)
	err = c.Start()
	c.Path, c.Args = path, args
	return err
}

// enterBooted enters those namespaces of a booted world that Start has not, and
// executes a program. It returns only when that fails.
func enterBooted(path string, args []string) error {
	v1, err := controllers()
	if err != nil {
		return err
	}
	for _, c := range v1 {
		if err := joinCgroup(hierarchyRoot(c)); err != nil {
			return err
		}
	}
	for name, kind := range map[string]int{"cgroup": unix.CLONE_NEWCGROUP, "uts": unix.CLONE_NEWUTS, "ipc": unix.CLONE_NEWIPC} {
		f, err := os.Open(filepath.Join("/proc/1/ns", name))
		if err != nil {
			return fmt.Errorf("enter world: %w", err)
		}
		err = unix.Setns(int(f.Fd()), kind)
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("enter world: %s namespace: %w", name, err)
		}
	}
	return fmt.Errorf("execute %s: %w", path, unix.Exec(path, args, os.Environ()))
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
