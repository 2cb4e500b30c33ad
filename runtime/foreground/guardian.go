package foreground

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// The guardian is a process of callgate's own program between callgate and the
// runtime. It ends the container when callgate is gone, even by SIGKILL: a pipe
// tells it. As a subreaper it inherits what a killed runtime leaves, so nothing of
// the container gets away. When the guardian is killed, callgate does the same.
const guardianName = "cg-container"

// Dispatch runs the guardian, when this process is to be it, and does not return.
func Dispatch() {
	if len(os.Args) == 4 && os.Args[0] == guardianName {
		os.Exit(guard(os.Args[1], os.Args[2], os.Args[3]))
	}
}

// lifeFD is the descriptor of the pipe's read end in the guardian.
const lifeFD = 3

// guardian is callgate's side of it.
type guardian struct {
	cmd         *exec.Cmd
	runtime, id string
	life        *os.File // write end of a pipe: closing it ends the container
	once        sync.Once
	hangup      func()
}

// startGuardian starts a guardian, which starts the container when run says so.
func startGuardian(runtime, id, dir string, hangup func()) (*guardian, error) {
	// What the guardian leaves when it is killed comes to callgate.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become subreaper: %w", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start guardian: %w", err)
	}
	g := &guardian{runtime: runtime, id: id, life: w, hangup: hangup}
	g.cmd = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{guardianName, runtime, id, dir},
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ExtraFiles: []*os.File{r},
	}
	err = g.cmd.Start()
	_ = r.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start guardian: %w", err), w.Close())
	}
	return g, nil
}

func (g *guardian) pid() int { return g.cmd.Process.Pid }

// run has the container started and waits until it has ended.
func (g *guardian) run() (int, error) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded()...)
	defer func() {
		signal.Stop(signals)
		close(signals)
	}()
	go func() {
		for s := range signals {
			if s == unix.SIGHUP && g.hangup != nil {
				g.hangup()
			} else if !fromTerminal(s) {
				_ = g.cmd.Process.Signal(s) // it may have ended
			}
		}
	}()
	if _, err := g.life.Write([]byte{1}); err != nil {
		return 0, errors.Join(fmt.Errorf("start container: %w", err), g.end())
	}
	return g.wait()
}

// release ends the container.
func (g *guardian) release() { g.once.Do(func() { _ = g.life.Close() }) }

// wait waits for the guardian, whose status is the container's.
func (g *guardian) wait() (int, error) {
	err := g.cmd.Wait()
	g.release()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode(), nil
	}
	// Killed: what it guarded is callgate's now.
	return 0, errors.Join(fmt.Errorf("guardian: %w", err), endContainer(g.runtime, g.id))
}

// end gives up before the container was started.
func (g *guardian) end() error {
	g.release()
	_, err := g.wait()
	return err
}

// guard is the guardian's main. It returns the container's exit status.
func guard(runtime, id, dir string) int {
	life := os.NewFile(lifeFD, "life")
	syscall.CloseOnExec(lifeFD)
	if err := errors.Join(
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0),
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0),
	); err != nil {
		return StatusOwn
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded()...)
	if n, err := life.Read(make([]byte, 1)); n != 1 || err != nil {
		return StatusOwn // callgate is gone already
	}
	c := exec.Command(runtime, "run", "--bundle", dir, id)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "callgate: start container: %v\n", err)
		return StatusOwn
	}
	go func() {
		for s := range signals {
			if !fromTerminal(s) {
				_ = c.Process.Signal(s) // it may have ended
			}
		}
	}()
	gone := make(chan struct{})
	go func() {
		_, _ = life.Read(make([]byte, 1)) // ends with callgate
		close(gone)
		_ = c.Process.Kill()
	}()
	_ = c.Wait() // the state tells
	status := c.ProcessState.ExitCode()
	select {
	case <-gone:
		status = StatusOwn
	default:
	}
	if err := endContainer(runtime, id); err != nil {
		fmt.Fprintf(os.Stderr, "callgate: %v\n", err)
	}
	select {
	case <-gone:
		_ = removeDir(dir) // nobody is there to be told
	default:
	}
	if status < 0 { // the runtime was killed
		return 128 + int(unix.SIGKILL)
	}
	return status
}

// forwarded are the signals that are the container's.
func forwarded() []os.Signal {
	return []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2}
}

// fromTerminal reports whether a signal is one that the terminal has sent to every
// process of the group, the runtime included.
func fromTerminal(s os.Signal) bool {
	if s != unix.SIGINT && s != unix.SIGQUIT {
		return false
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
