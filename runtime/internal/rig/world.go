package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A World is a tree of processes that see only each other: pid, mount and
// network namespaces of their own, an empty /run, a loopback device. When its
// first process ends, the kernel kills all others and drops every mount and
// device that they made; that process ends with the pipe that the test holds, or
// with the test, so nothing outlives even a test that is killed.
//
// A booted world is a machine: its first process is systemd, which knows no unit
// but those that the test brings. It has namespaces of all kinds but users', its
// cgroup is the root of a v2 hierarchy, what it writes to /usr, /etc, /var,
// /tmp and /dev is its own, and it can change nothing else but Dir.
type World struct {
	Dir string // files of this world, visible inside and outside; a short path, for sockets

	dir    *tempDir // which names the cgroup of its containers too
	init   *exec.Cmd
	booted bool
	hold   io.Closer
	over   chan struct{} // closed when the world is to end
	close  sync.Once
}

// WorldOptions say what a world is like.
type WorldOptions struct {
	// NoUnified hides the cgroup v2 hierarchy of a hybrid machine, which crun
	// does not run on otherwise.
	NoUnified bool
	// Boot makes it a booted world.
	Boot bool
	// Controllers gives a booted world all controllers of cgroups, in hierarchies
	// of v1 where the machine has them there. Otherwise it has those of v2, on a
	// hybrid machine none.
	Controllers bool
}

// NewWorld makes a world. The caller closes it. The error is of type *MissingError
// when the machine lacks what a booted world needs.
func NewWorld(opts WorldOptions) (*World, error) {
	if !dispatched {
		return nil, errors.New("make world: the program does not call rig.Dispatch first (in TestMain)")
	}
	if opts.Boot {
		if err := canBoot(); err != nil {
			return nil, fmt.Errorf("make world: %w", err)
		}
	}
	dir, err := newTempDir("cgrig")
	if err != nil {
		return nil, fmt.Errorf("make world: %w", err)
	}
	w := &World{Dir: dir.path, dir: dir, over: make(chan struct{})}
	err = w.begin(opts)
	if err == nil && opts.Boot {
		err = w.awaitBoot()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make world: %w", err), w.Close())
	}
	return w, nil
}

func (w *World) begin(opts WorldOptions) error {
	c := exec.Command("/proc/self/exe")
	c.Args = []string{initName}
	switch {
	case opts.Boot:
		built, err := builtDir()
		if err != nil {
			return err
		}
		c.Args = append(c.Args, booted, w.Dir, built)
		if opts.Controllers {
			v1, err := controllers()
			if err != nil {
				return err
			}
			c.Args = append(c.Args, v1...)
		}
	case opts.NoUnified:
		c.Args = append(c.Args, noUnified)
	}
	var failure strings.Builder
	c.Stderr = &failure
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
	hold, err := c.StdinPipe()
	if err != nil {
		return err
	}
	ready, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := w.startFirst(c); err != nil {
		return err
	}
	w.init, w.hold = c, hold
	if _, err := io.ReadFull(ready, make([]byte, 1)); err != nil {
		_ = c.Wait()
		return fmt.Errorf("its first process says %q", failure.String())
	}
	return nil
}

// startFirst starts the first process on a thread that lives as long as the world:
// a signal that the kernel sends for the death of a parent is sent when the
// parent's thread ends (prctl(2), PR_SET_PDEATHSIG).
func (w *World) startFirst(c *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- c.Start()
		<-w.over
	}()
	return <-started
}

// awaitBoot waits until systemd has started all that it is to start.
func (w *World) awaitBoot() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		out, err := w.Run(ctx, "systemctl", "is-system-running", "--wait")
		if err == nil {
			w.booted = true
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond): // systemd does not listen yet
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(w.Dir, "systemd.log"))
			return fmt.Errorf("boot: %q, %w\n%s", out, err, log)
		}
	}
}

// Close ends every process of the world and removes its files and cgroups.
func (w *World) Close() (err error) {
	w.close.Do(func() {
		close(w.over)
		if w.init != nil {
			_ = w.hold.Close()
			_ = w.init.Process.Kill()
			_ = w.init.Wait()
		}
		if err = errors.Join(removeCgroups(filepath.Base(w.Dir)), w.dir.remove()); err != nil {
			err = fmt.Errorf("close world: %w", err)
		}
	})
	return err
}

// Path is the name by which the outside reaches a file that the world sees as path.
func (w *World) Path(path string) string {
	return "/proc/" + strconv.Itoa(w.init.Process.Pid) + "/root" + path
}

// CgroupParent is the cgroup for the world's containers, as runtimes name it. A
// world puts all its containers below it and removes it in the end.
func (w *World) CgroupParent() string { return "/" + filepath.Base(w.Dir) }

// Run runs a program in the world to its end and returns its standard output;
// the error contains both outputs.
func (w *World) Run(ctx context.Context, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.WaitDelay = 10 * time.Second
	var out, failure strings.Builder
	c.Stdout, c.Stderr = &out, &failure
	err := w.Start(c)
	if err == nil {
		err = c.Wait()
	}
	if err != nil {
		err = fmt.Errorf("run %s %s: %w: %s%s", filepath.Base(name), strings.Join(args, " "), err, out.String(), failure.String())
	}
	return out.String(), err
}
