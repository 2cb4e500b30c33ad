package run

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// Config is a command and what is put on it.
type Config struct {
	// Argv is the command and its arguments; a name without a slash is searched
	// in PATH.
	Argv []string
	// Filter is the program that the kernel runs on every call.
	Filter []unix.SockFilter
	// Flags of the filter's installation.
	Flags seccomp.Flags
	// NoNewPrivs must be set for a caller without CAP_SYS_ADMIN.
	NoNewPrivs bool
	// KeepStdout leaves callgate's own standard output open (a sink writes to it).
	KeepStdout bool
	// Name tells this run's cgroup from others.
	Name string
	// Hangup, if not nil, takes SIGHUP (alert files are to be reopened), which
	// is then not passed to the command.
	Hangup func()
}

// Process is a command that waits under its filter to be released.
type Process struct {
	PID      int               // of the command
	Guardian int               // process id of the guardian
	Listener *seccomp.Listener // the caller's to serve and to close

	guardian *exec.Cmd
	life     *os.File // closed by the kernel when callgate dies, by us at the end
	reports  *os.File
	ctl      int
	cgroup   string // path of the command's, if the guardian could make one
	waited   chan struct{}
	hangup   func()
	ending   sync.Once
	endErr   error
}

// Error is callgate's own failure to run a command, with run's exit status for it.
type Error struct {
	Status int
	Err    error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Start starts the command up to the point before its first exec; Release lets
// it go on, once its listener is served.
func Start(cfg *Config) (_ *Process, err error) {
	path, err := lookPath(cfg.Argv[0])
	if err != nil {
		return nil, err
	}
	// From here on the command's user can't trace callgate or take its fds.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("protect callgate (PR_SET_DUMPABLE): %w", err)
	}
	// Should the guardian die first, its children come to us and Wait ends them.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become subreaper: %w", err)
	}
	p := &Process{ctl: -1, waited: make(chan struct{}), hangup: cfg.Hangup}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Abandon())
		}
	}()
	p.cgroup = cgroupPath(cfg.Name)
	if err := p.startGuardian(path, cfg.Argv); err != nil {
		return nil, err
	}
	if err := p.install(cfg); err != nil {
		return nil, err
	}
	if err := p.awaitStart(); err != nil {
		return nil, err
	}
	ignoreLibcSignals()
	letGo(0)
	if !cfg.KeepStdout {
		letGo(1)
	}
	return p, nil
}

// lookPath finds the command's file as a shell does.
func lookPath(name string) (string, error) {
	if name == "" {
		return "", &Error{statusNotFound, errors.New("run: the command's name is empty")}
	}
	if strings.Contains(name, "/") {
		return name, nil // the kernel says what is wrong with it
	}
	path, err := exec.LookPath(name)
	switch {
	case err == nil || errors.Is(err, exec.ErrDot):
		return path, nil
	case errors.Is(err, exec.ErrNotFound):
		return "", &Error{statusNotFound, fmt.Errorf("run %s: not found in PATH", name)}
	default:
		return "", &Error{statusDenied, fmt.Errorf("run %s: %w", name, err)}
	}
}

// inherited are descriptors that a child gets under the number they have here.
// ExtraFiles would put them on 3, 4, …, which the user may have opened for the
// command.
type inherited []int

func (list inherited) set(cloexec bool) error {
	flag := 0
	if cloexec {
		flag = unix.FD_CLOEXEC
	}
	for _, fd := range list {
		if fd < 0 {
			continue
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, flag); err != nil {
			return fmt.Errorf("set close-on-exec: %w", err)
		}
	}
	return nil
}

func (p *Process) startGuardian(path string, argv []string) error {
	lifeR, lifeW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	p.life = lifeW
	defer lifeR.Close()
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	p.reports = reportR
	defer reportW.Close()
	sp, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("make a socket pair: %w", err)
	}
	p.ctl = sp[0]
	defer unix.Close(sp[1])

	a := guardianArgs{life: int(lifeR.Fd()), report: int(reportW.Fd()), ctl: sp[1], cgroup: p.cgroup}
	give := inherited{a.life, a.report, a.ctl}
	if err := give.set(false); err != nil {
		return err
	}
	p.guardian = &exec.Cmd{Path: "/proc/self/exe", Args: append(append([]string{guardianName}, a.strings()...), append([]string{path}, argv...)...),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err = p.guardian.Start()
	if cerr := give.set(true); err == nil && cerr != nil {
		return cerr
	}
	if err != nil {
		p.guardian = nil
		return fmt.Errorf("start the guardian: %w", err)
	}
	p.Guardian = p.guardian.Process.Pid
	go func() {
		_ = p.guardian.Wait()
		close(p.waited)
	}()
	return nil
}

// End has the guardian end the command and all its descendants.
func (p *Process) End() error {
	p.ending.Do(func() { p.endErr = p.life.Close() })
	return p.endErr
}

// Abandon ends everything that was started and gives back what was opened.
func (p *Process) Abandon() error {
	var err error
	if p.life != nil {
		err = p.End() // and the guardian itself
	}
	if p.guardian != nil {
		<-p.waited
		p.endOrphans()
	}
	if p.ctl >= 0 {
		err = errors.Join(err, unix.Close(p.ctl))
		p.ctl = -1
	}
	if p.reports != nil {
		err = errors.Join(err, p.reports.Close())
	}
	return errors.Join(err, removeCgroup(p.cgroup))
}

// endOrphans ends what the guardian left behind, which can only be when the
// guardian itself was killed: its children are callgate's then.
func (p *Process) endOrphans() {
	if p.guardian.ProcessState.Success() {
		return
	}
	endAll(p.cgroup)
}
