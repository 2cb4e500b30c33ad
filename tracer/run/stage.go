package run

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// The stage is the command's process before it becomes the command: it puts the
// filter on itself, hands the listener to callgate and executes the command.
const stageName = "cg-stage"

// stageConfig is what callgate tells the stage, in one message: flags, then the
// filter's instructions as the kernel takes them.
type stageConfig struct {
	noNewPrivs bool
	flags      seccomp.Flags
	filter     []unix.SockFilter
}

// maxMessage is more than the largest filter takes (4096 instructions).
const maxMessage = 64 << 10

const filterSize = int(unsafe.Sizeof(unix.SockFilter{}))

func (c *stageConfig) bytes() []byte {
	b := make([]byte, 0, 16+len(c.filter)*filterSize)
	nnp := uint64(0)
	if c.noNewPrivs {
		nnp = 1
	}
	b = binary.NativeEndian.AppendUint64(b, nnp)
	b = binary.NativeEndian.AppendUint64(b, uint64(c.flags))
	for _, i := range c.filter {
		b = binary.NativeEndian.AppendUint16(b, i.Code)
		b = append(b, i.Jt, i.Jf)
		b = binary.NativeEndian.AppendUint32(b, i.K)
	}
	return b
}

func parseStageConfig(b []byte) (*stageConfig, error) {
	if len(b) < 16 || (len(b)-16)%filterSize != 0 {
		return nil, fmt.Errorf("a message of %d bytes", len(b))
	}
	c := &stageConfig{noNewPrivs: binary.NativeEndian.Uint64(b) == 1, flags: seccomp.Flags(binary.NativeEndian.Uint64(b[8:]))}
	for b = b[16:]; len(b) > 0; b = b[filterSize:] {
		c.filter = append(c.filter, unix.SockFilter{Code: binary.NativeEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.NativeEndian.Uint32(b[4:])})
	}
	return c, nil
}

// startStage starts the stage. Where the kernel, or a sandbox around callgate
// that refuses clone3, can't start it in the cgroup, the guardian's walk has to
// do, and a.cgroup is removed then.
func startStage(a *guardianArgs, command []string) (pid int, err error) {
	start := func(attr syscall.SysProcAttr) error {
		cmd := &exec.Cmd{Path: "/proc/self/exe", Args: append([]string{stageName, strconv.Itoa(a.ctl)}, command...),
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, SysProcAttr: &attr}
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start the command's process: %w", err)
		}
		pid = cmd.Process.Pid
		return nil
	}
	if dir, err := os.Open(a.cgroup); err == nil {
		err = start(syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())})
		if cerr := dir.Close(); err == nil {
			return pid, cerr
		}
		_ = removeCgroup(a.cgroup)
		a.cgroup = ""
	}
	err = start(syscall.SysProcAttr{})
	return pid, err
}

// stage is the stage's main; args are the control socket, the path of the
// command's file and its argv. It returns an exit status only when the command
// was not executed.
//
// The filter goes on the main thread alone. The listener is handed over by
// another thread, which the filter does not hold: a rule may intercept sendmsg,
// and nobody answers before callgate has the listener.
func stage(args []string) int {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	if len(args) < 3 {
		return statusOwnError
	}
	ctl, err := strconv.Atoi(args[0])
	if err != nil {
		return statusOwnError
	}
	unix.CloseOnExec(ctl)
	cfg, err := receiveConfig(ctl)
	if err != nil {
		return stageError(fmt.Errorf("receive the filter: %w", err))
	}
	if cfg.noNewPrivs {
		if err := seccomp.SetNoNewPrivs(); err != nil {
			return stageError(err)
		}
	}
	listener, released := make(chan int), make(chan error)
	go func() { released <- handOver(ctl, <-listener) }()
	fd, err := seccomp.Install(cfg.filter, cfg.flags)
	if err != nil {
		return stageError(err)
	}
	listener <- fd
	if err := <-released; err != nil {
		return stageError(fmt.Errorf("hand over the listener: %w", err))
	}
	err = syscall.Exec(args[1], args[2:], os.Environ())
	fmt.Fprintf(os.Stderr, "callgate: execute %s: %v\n", args[1], err)
	if errors.Is(err, unix.ENOENT) {
		return statusNotFound
	}
	return statusDenied
}

func stageError(err error) int {
	fmt.Fprintf(os.Stderr, "callgate: %v\n", err)
	return statusOwnError
}

func receiveConfig(ctl int) (*stageConfig, error) {
	b := make([]byte, maxMessage)
	n, err := retry(func() (int, error) { return unix.Read(ctl, b) })
	if err != nil {
		return nil, err
	}
	return parseStageConfig(b[:n])
}

// handOver sends the listener and waits until callgate is ready to receive from
// it. The stage keeps no copy: the command must not hold its own listener.
func handOver(ctl, listener int) error {
	err := unix.Sendmsg(ctl, []byte{1}, unix.UnixRights(listener), nil, 0)
	if cerr := unix.Close(listener); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	n, err := retry(func() (int, error) { return unix.Read(ctl, make([]byte, 1)) })
	if err == nil && n != 1 {
		err = errors.New("callgate is gone")
	}
	return err
}

func retry(f func() (int, error)) (int, error) {
	for {
		if n, err := f(); err != unix.EINTR {
			return n, err
		}
	}
}
