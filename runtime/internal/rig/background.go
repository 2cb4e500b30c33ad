package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process is a daemon in a world.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
}

// background starts a daemon that logs into a file of the world.
func (w *World) background(c *exec.Cmd, log string) (*process, error) {
	p := &process{cmd: c, log: filepath.Join(w.Dir, log), done: make(chan struct{})}
	f, err := os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(c.Path), err)
	}
	defer f.Close()
	c.Stdout, c.Stderr = f, f
	if err := w.Start(c); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(c.Path), err)
	}
	go func() {
		defer close(p.done)
		_ = c.Wait() // its log and its exit code tell
	}()
	return p, nil
}

// ready waits until check succeeds; it fails when the daemon ends before.
func (p *process) ready(limit time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			text, _ := os.ReadFile(p.log)
			return fmt.Errorf("start %s: ended with status %d: %s", filepath.Base(p.cmd.Path), p.cmd.ProcessState.ExitCode(), text)
		case <-ctx.Done():
			text, _ := os.ReadFile(p.log)
			return fmt.Errorf("start %s: not ready after %v: %w: %s", filepath.Base(p.cmd.Path), limit, err, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop sends a signal and waits for the end.
func (p *process) stop(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("stop %s: %w", filepath.Base(p.cmd.Path), err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("stop %s: still there after %v", filepath.Base(p.cmd.Path), patience)
	}
}
