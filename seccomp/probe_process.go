package seccomp

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// withStoppedChild starts a program as a child that stops before its first
// instruction, runs use on it and kills it.
func withStoppedChild(path string, files []uintptr, use func(pid int) error) error {
	runtime.LockOSThread() // the thread that forks is the tracer
	defer runtime.UnlockOSThread()
	// PTRACE_TRACEME: execve ends in a stop.
	attr := &syscall.SysProcAttr{Ptrace: true, Pdeathsig: unix.SIGKILL}
	pid, err := syscall.ForkExec(path, []string{"callgate-probe"}, &syscall.ProcAttr{Files: files, Sys: attr})
	if err != nil {
		return fmt.Errorf("start a traced child: %w", err)
	}
	defer reap(pid)
	var status unix.WaitStatus
	if err := wait(pid, &status); err != nil {
		return fmt.Errorf("trace a child: %w", err)
	}
	if !status.Stopped() {
		return fmt.Errorf("trace a child: it ended (status %#x)", status)
	}
	return use(pid)
}

// reap kills a child and waits for its end.
func reap(pid int) {
	unix.Kill(pid, unix.SIGKILL) //nolint:errcheck // not reaped yet, so it exists
	for {
		var status unix.WaitStatus
		if err := wait(pid, &status); err != nil || status.Exited() || status.Signaled() {
			return
		}
	}
}

func wait(pid int, status *unix.WaitStatus) error {
	for {
		_, err := unix.Wait4(pid, status, unix.WALL, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// probeReadChild reads a byte of a child. The kernel asks for the same
// permission before PTRACE_SEIZE and pidfd_getfd (PTRACE_MODE_ATTACH_REALCREDS).
// Nothing of the child runs, so it may be this program itself.
func probeReadChild() error {
	return withStoppedChild("/proc/self/exe", nil, func(pid int) error {
		maps, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/maps")
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(string(maps), "-")
		address, err := strconv.ParseUint(first, 16, 64)
		if err != nil {
			return fmt.Errorf("find memory of a child: %w", err)
		}
		var b [1]byte
		local := []unix.Iovec{{Base: &b[0], Len: 1}}
		remote := []unix.RemoteIovec{{Base: uintptr(address), Len: 1}}
		_, err = unix.ProcessVMReadv(pid, local, remote, 0)
		return err
	})
}

func probePidfdOpen() error {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func probePidfdThread() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fd, err := unix.PidfdOpen(unix.Gettid(), unix.PIDFD_THREAD)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func probePidfdGetFD() error {
	self, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return err
	}
	defer unix.Close(self) //nolint:errcheck // nothing was written to it
	fd, err := unix.PidfdGetfd(self, self, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}
