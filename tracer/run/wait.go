package run

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Wait passes signals and job control between callgate's caller and the command
// until the command has ended, and returns run's exit status. After it no
// descendant of the command is left.
func (p *Process) Wait() (status int, err error) {
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, forwarded()...)
	defer signal.Stop(signals)
	// Alerts may be written to a terminal that an interactive command has taken
	// (stty tostop); not earlier, or the command would inherit it.
	signal.Ignore(unix.SIGTTOU)
	// The terminal stops callgate when it stops the command. Whether a command
	// stops is its own affair, and callgate must go on answering it until then.
	if !signal.Ignored(unix.SIGTSTP) {
		signal.Notify(make(chan os.Signal, 1), unix.SIGTSTP, unix.SIGTTIN)
	}
	states := make(chan unix.WaitStatus)
	go func() {
		defer close(states)
		for {
			r, err := p.next()
			if err != nil {
				return
			}
			states <- unix.WaitStatus(r.value)
		}
	}()
	status, ended := statusOwnError, false
	for !ended || states != nil {
		select {
		case ws, ok := <-states:
			switch {
			case !ok:
				if states = nil; !ended {
					err = fmt.Errorf("run: the guardian was killed; the command was ended")
					ended = true
				}
			case ws.Stopped():
				p.mirrorStop()
			default:
				status, ended = exitStatus(ws), true
			}
		case s := <-signals:
			p.forward(s.(unix.Signal))
		}
	}
	if aerr := p.Abandon(); err == nil {
		err = aerr
	}
	return status, err
}

func exitStatus(ws unix.WaitStatus) int {
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return ws.ExitStatus()
}

// forwarded are the signals that callgate takes for its command: all that can be
// caught but the stops, which the terminal sends to both, and those that were
// ignored when callgate was started (nohup), which the command ignores as well.
func forwarded() []os.Signal {
	var list []os.Signal
	for s := unix.Signal(1); s < 65; s++ {
		switch s {
		case unix.SIGCHLD, unix.SIGURG, unix.SIGKILL, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		default:
			if !signal.Ignored(s) {
				list = append(list, s)
			}
		}
	}
	return list
}

// forward passes a signal on. The terminal sends its own to the whole foreground
// group, in which the command is too unless it left it (an interactive shell):
// those it has already, or must not have.
func (p *Process) forward(s unix.Signal) {
	switch s {
	case unix.SIGPIPE, unix.SIGXFSZ:
		return // callgate's own: its alerts find no reader, or no room (RLIMIT_FSIZE)
	case unix.SIGHUP:
		if p.hangup != nil {
			p.hangup()
			return
		}
	case unix.SIGINT, unix.SIGQUIT, unix.SIGWINCH:
		if inForeground() {
			return
		}
	}
	_ = unix.Kill(p.PID, s) // not yet waited for by the guardian, or gone
}

// inForeground reports whether callgate's process group is the one that its
// terminal sends signals to.
func inForeground() bool {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(tty)
	pgrp, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	if err != nil {
		return false
	}
	return pgrp == unix.Getpgrp()
}

// mirrorStop stops callgate when its command has stopped, so that the shell that
// started callgate gets its prompt back. The shell continues the whole process
// group, whoever else continues callgate means the command. Without a terminal
// there is no such shell, and the command's children may be what continues it:
// callgate must go on answering them.
func (p *Process) mirrorStop() {
	if !hasTerminal() || !isStopped(p.PID) {
		return // nobody waits for it, or continued in the meantime
	}
	stopSelf()
	if isStopped(p.PID) {
		_ = unix.Kill(p.PID, unix.SIGCONT)
	}
}

// hasTerminal reports whether callgate has a controlling terminal (tty(4)).
func hasTerminal() bool {
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	unix.Close(tty)
	return true
}

// stopSelf stops this process, and returns when it has been continued. The
// signal goes to the calling thread, which takes it before kill returns; any
// other thread would leave this one time to run on.
func stopSelf() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGSTOP)
}

// isStopped reports whether a process is stopped by a signal (proc(5), stat).
func isStopped(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, ok := bytes.Cut(b[max(bytes.LastIndexByte(b, ')'), 0):], []byte(") "))
	return ok && bytes.HasPrefix(rest, []byte("T"))
}
