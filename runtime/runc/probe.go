package runc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds on a binary that is asked: it may be any program.
const (
	timeout   = 10 * time.Second
	maxOutput = 1 << 20
)

// Cache remembers the features of binaries for as long as their files stay the
// same. Its zero value is ready; it may be used by several goroutines.
type Cache struct {
	// Run runs a command to its end and returns its exit status; nil means
	// exec.Cmd.Run. A process that takes the status of all its children needs
	// its own.
	Run func(*exec.Cmd) (status int, err error)

	mu    sync.Mutex
	known map[string]*entry
}

// entry is what one binary said.
type entry struct {
	mu       sync.Mutex // held while the binary is asked, so that it is asked once
	file     fileID
	features *Features
}

// fileID changes when a file is replaced or written.
type fileID struct {
	dev, ino     uint64
	size         int64
	mtime, ctime unix.Timespec
}

// Features are those of the binary, by path or by name in PATH. A failure is
// not remembered.
func (c *Cache) Features(ctx context.Context, binary string) (*Features, error) {
	path, err := exec.LookPath(binary)
	if err != nil {
		return nil, fmt.Errorf("find runtime: %w", err)
	}
	e := c.entry(path)
	e.mu.Lock()
	defer e.mu.Unlock()
	id, err := identify(path)
	if err != nil {
		return nil, fmt.Errorf("find runtime: %w", err)
	}
	if e.features != nil && e.file == id {
		return e.features, nil
	}
	run := c.Run
	if run == nil {
		run = runCommand
	}
	f, err := probe(ctx, run, path)
	if err != nil {
		return nil, fmt.Errorf("ask %s for its features: %w", path, err)
	}
	e.file, e.features = id, f
	return f, nil
}

func (c *Cache) entry(path string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[string]*entry)
	}
	if c.known[path] == nil {
		c.known[path] = &entry{}
	}
	return c.known[path]
}

func identify(path string) (fileID, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return fileID{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return fileID{st.Dev, st.Ino, st.Size, st.Mtim, st.Ctim}, nil
}

// probe asks for features, and where there is no such command for the version.
func probe(ctx context.Context, run runner, path string) (*Features, error) {
	out, err := output(ctx, run, path, "features")
	if err == nil {
		return parseFeatures(out)
	}
	var exit exitError
	if !errors.As(err, &exit) {
		return nil, err
	}
	version, versionErr := output(ctx, run, path, "--version")
	if versionErr != nil {
		return nil, err
	}
	return parseVersionOutput(version)
}

// runner runs a command to its end.
type runner = func(*exec.Cmd) (status int, err error)

func runCommand(cmd *exec.Cmd) (status int, err error) {
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// exitError is the status of a command that failed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// output is what the binary prints on standard output.
func output(ctx context.Context, run runner, path, arg string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer for %v", timeout))
	defer cancel()
	out := &limited{cancel: cancel}
	stderr := &limited{cancel: cancel}
	cmd := exec.CommandContext(ctx, path, arg)
	cmd.Stdout, cmd.Stderr = out, stderr
	// Its children end with it, and one that does not may keep the pipes open.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = time.Second
	status, err := run(cmd)
	if err == nil && status != 0 {
		err = exitError(status)
	}
	switch {
	case out.over || stderr.over:
		return nil, fmt.Errorf("run %s: it prints more than %d bytes", arg, maxOutput)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run %s: %w", arg, context.Cause(ctx))
	case err != nil:
		return nil, fmt.Errorf("run %s: %w: %.200s", arg, err, bytes.TrimSpace(stderr.buf.Bytes()))
	}
	return out.buf.Bytes(), nil
}

// limited keeps what is written up to maxOutput and ends the writer beyond.
type limited struct {
	buf    bytes.Buffer
	over   bool
	cancel func()
}

func (l *limited) Write(p []byte) (int, error) {
	if l.buf.Len()+len(p) > maxOutput {
		l.over = true
		l.cancel()
		return 0, errors.New("too much output")
	}
	return l.buf.Write(p)
}
