package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A World is a tree of processes that see only each other: pid, mount and
// network namespaces of their own, an empty /run, a loopback device. When its
// first process ends, the kernel kills all others and drops every mount and
// device that they made; that process ends with the pipe that the test holds, so
// nothing outlives even a test that is killed.
type World struct {
	Dir string // files of this world, visible inside and outside; a short path, for sockets

	dir   *tempDir // which names the cgroup of its containers too
	init  *exec.Cmd
	hold  io.Closer
	close sync.Once
}

// WorldOptions say what a world is like.
type WorldOptions struct {
	// NoUnified hides the cgroup v2 hierarchy of a hybrid machine, which crun
	// does not run on otherwise.
	NoUnified bool
}

// NewWorld makes a world. The caller closes it.
func NewWorld(opts WorldOptions) (*World, error) {
	if !dispatched {
		return nil, errors.New("make world: the program does not call rig.Dispatch first (in TestMain)")
	}
	dir, err := newTempDir("cgrig")
	if err != nil {
		return nil, fmt.Errorf("make world: %w", err)
	}
	w := &World{Dir: dir.path, dir: dir}
	if err := w.begin(opts); err != nil {
		_ = dir.remove()
		return nil, fmt.Errorf("make world: %w", err)
	}
	return w, nil
}

func (w *World) begin(opts WorldOptions) error {
	c := exec.Command("/proc/self/exe")
	c.Args = []string{initName}
	if opts.NoUnified {
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
	if err := c.Start(); err != nil {
		return err
	}
	w.init, w.hold = c, hold
	if _, err := io.ReadFull(ready, make([]byte, 1)); err != nil {
		_ = c.Wait()
		return fmt.Errorf("its first process says %q", failure.String())
	}
	return nil
}

// Close ends every process of the world and removes its files and cgroups.
func (w *World) Close() (err error) {
	w.close.Do(func() {
		_ = w.hold.Close()
		_ = w.init.Process.Kill()
		_ = w.init.Wait()
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
