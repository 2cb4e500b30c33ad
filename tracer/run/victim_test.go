package run_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// victimRole runs a supervised program of a test and returns its exit status.
func victimRole(args []string) int {
	f, ok := victims[args[0]]
	if !ok {
		fmt.Println("no such part:", args[0])
		return 1
	}
	if err := f(args[1:]); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

var victims = map[string]func(args []string) error{
	"attack":   attackSupervisor,
	"threads":  manyThreads,
	"urgent":   urgent,
	"execs":    manyExecs,
	"bomb":     bomb,
	"mixed":    mixedCalls,
	"hide":     hide,
	"race":     raceRegisters,
	"retry":    retryDenied,
	"io_uring": makeRing,
	"family":   family,
	"scene":    playScene,
	"exec":     execKind,
	"show":     showSelf,
}

// supervisors finds callgate and the guardian above this process.
func supervisors() (guardian, callgate int, err error) {
	guardian = os.Getppid()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", guardian))
	if err != nil {
		return 0, 0, err
	}
	rest := strings.Fields(string(b[strings.LastIndex(string(b), ")")+1:]))
	callgate, err = strconv.Atoi(rest[1])
	return guardian, callgate, err
}

// attackSupervisor tries all that could end, stop, trace, limit or read callgate
// and its guardian, and prints what succeeded.
func attackSupervisor([]string) error {
	guardian, callgate, err := supervisors()
	if err != nil {
		return err
	}
	for _, pid := range []int{guardian, callgate} {
		for name, attack := range attacks {
			if err := attack(pid); err == nil {
				fmt.Printf("%s on %d succeeded\n", name, pid)
			} else {
				fmt.Printf("%s: %v\n", name, err)
			}
		}
	}
	return nil
}

var attacks = map[string]func(pid int) error{
	"kill KILL": func(pid int) error { return unix.Kill(pid, unix.SIGKILL) },
	"kill STOP": func(pid int) error { return unix.Kill(pid, unix.SIGSTOP) },
	"kill TERM": func(pid int) error { _ = unix.Kill(pid, unix.SIGUSR1); return unix.EPERM }, // harmless: it is caught
	"kill junk": func(pid int) error { // the kernel reads 32 bits of each register
		_, _, e := unix.RawSyscall(unix.SYS_KILL, uintptr(pid)|1<<40, uintptr(unix.SIGKILL)|1<<33, 0)
		return errno(e)
	},
	"kill all":       func(int) error { return unix.Kill(-1, unix.SIGKILL) },
	"kill own group": func(int) error { return unix.Kill(0, unix.SIGKILL) },
	"kill its group": func(pid int) error {
		g, err := unix.Getpgid(pid)
		if err != nil {
			return err
		}
		return unix.Kill(-g, unix.SIGKILL)
	},
	"kill a thread": func(pid int) error {
		return eachThread(pid, func(tid int) error { return unix.Kill(tid, unix.SIGKILL) })
	},
	"tkill": func(pid int) error {
		return eachThread(pid, func(tid int) error {
			_, _, e := unix.RawSyscall(unix.SYS_TKILL, uintptr(tid), uintptr(unix.SIGKILL), 0)
			return errno(e)
		})
	},
	"tgkill": func(pid int) error {
		return eachThread(pid, func(tid int) error { return unix.Tgkill(pid, tid, unix.SIGKILL) })
	},
	"rt_sigqueueinfo": func(pid int) error {
		info := unix.Siginfo{Signo: int32(unix.SIGKILL), Code: -1}
		_, _, e := unix.RawSyscall(unix.SYS_RT_SIGQUEUEINFO, uintptr(pid), uintptr(unix.SIGKILL), uintptr(unsafe.Pointer(&info)))
		return errno(e)
	},
	"pidfd_send_signal": func(pid int) error {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	},
	"pidfd_send_signal to /proc": func(pid int) error {
		fd, err := unix.Open(fmt.Sprintf("/proc/%d", pid), unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	},
	"rt_sigqueueinfo of faults": func(pid int) error {
		for _, sig := range []unix.Signal{unix.SIGILL, unix.SIGTRAP, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSTKFLT, unix.SIGSYS} {
			info := unix.Siginfo{Signo: int32(sig), Code: -1} // not SI_USER: Go takes it for a fault of its own
			if _, _, e := unix.RawSyscall(unix.SYS_RT_SIGQUEUEINFO, uintptr(pid), uintptr(sig), uintptr(unsafe.Pointer(&info))); e == 0 {
				return nil
			}
		}
		return unix.EPERM
	},
	"signals of the C library": func(pid int) error { // sent, and without effect
		for sig := unix.Signal(32); sig < 36; sig++ {
			if err := unix.Kill(pid, sig); err != nil {
				return err
			}
		}
		return stillThere(pid)
	},
	"signalled I/O": func(pid int) error {
		var p [2]int
		if err := unix.Pipe(p[:]); err != nil {
			return err
		}
		defer unix.Close(p[0])
		defer unix.Close(p[1])
		if _, err := unix.FcntlInt(uintptr(p[0]), unix.F_SETOWN, pid); err != nil {
			return err
		}
		_, err := unix.FcntlInt(uintptr(p[0]), unix.F_SETSIG, int(unix.SIGKILL))
		return err
	},
	"ptrace seize":  func(pid int) error { return unix.PtraceSeize(pid) },
	"ptrace attach": func(pid int) error { return unix.PtraceAttach(pid) },
	"pidfd_getfd": func(pid int) error {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		_, err = unix.PidfdGetfd(fd, 2, 0)
		return err
	},
	"prlimit": func(pid int) error {
		return unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: 3}, nil)
	},
	"process_vm_writev": func(pid int) error {
		b := []byte{0}
		_, err := unix.ProcessVMWritev(pid, []unix.Iovec{{Base: &b[0], Len: 1}}, []unix.RemoteIovec{{Base: 0x400000, Len: 1}}, 0)
		return err
	},
}

// stillThere is an error, as every failed attack, when the process runs on.
func stillThere(pid int) error {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || strings.Contains(string(b), ") Z ") {
		return nil //nolint:nilerr // its end is the attack's success
	}
	return unix.EPERM
}

func errno(e unix.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

// eachThread fails with the last error, or succeeds with the first success.
func eachThread(pid int, f func(tid int) error) (err error) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return err
	}
	for _, t := range tasks {
		tid, _ := strconv.Atoi(t.Name())
		if err = f(tid); err == nil {
			return nil
		}
	}
	return err
}

// manyThreads makes intercepted calls from 64 threads at once and checks every
// result.
func manyThreads([]string) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrong := 0
	for range 64 {
		wg.Go(func() {
			runtime.LockOSThread()
			for range 50 {
				if err := unix.Setns(-1, unix.CLONE_NEWNET); err != unix.EBADF {
					mu.Lock()
					wrong++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	fmt.Println("wrong results:", wrong)
	return nil
}

// urgent is a Go program whose runtime is kept busy preempting threads that sit
// in intercepted calls.
func urgent([]string) error {
	stop := make(chan struct{})
	var tids sync.Map
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				tids.Range(func(tid, _ any) bool { return unix.Tgkill(os.Getpid(), tid.(int), unix.SIGURG) == nil })
				time.Sleep(50 * time.Microsecond)
			}
		}
	}()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			runtime.LockOSThread()
			tids.Store(unix.Gettid(), true)
			defer tids.Delete(unix.Gettid())
			for range 100 {
				if err := unix.Setns(-1, unix.CLONE_NEWNET); err != unix.EBADF {
					fmt.Println("wrong result:", err)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	fmt.Println("done")
	return nil
}

// manyExecs runs so many programs, one after the other.
func manyExecs(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for range n {
		pid, err := syscall.ForkExec("/bin/true", []string{"true"}, &syscall.ProcAttr{})
		if err != nil {
			return err
		}
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
			return err
		}
	}
	return nil
}

// bomb leaves processes in sessions of their own that keep forking.
func bomb([]string) error {
	for range 4 {
		cmd := exec.Command("setsid", "sh", "-c", `while :; do (setsid sleep 600 &) ; sleep 0.01; done`)
		if err := cmd.Start(); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
	return nil
}

// retryDenied makes one call twice and prints both results.
func retryDenied([]string) error {
	runtime.LockOSThread()
	for range 2 {
		fmt.Println(unix.Setns(-1, unix.CLONE_NEWNET))
	}
	return nil
}

// makeRing sets up an io_uring and prints what came of it.
func makeRing([]string) error {
	var params [120]byte // struct io_uring_params
	fd, _, e := unix.RawSyscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0)
	if e != 0 {
		fmt.Println(e)
		return nil
	}
	fmt.Println("ring")
	return unix.Close(int(fd))
}

// hide keeps callgate without root from reading its memory, and makes two calls.
func hide([]string) error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	for range 2 {
		fmt.Println(unix.Mkdir("/no/such", 0o700))
	}
	return nil
}

// mixedCalls has eight threads make a call each that causes an alert, and one
// that goes on with calls that cause none. It prints when either are done.
func mixedCalls([]string) error {
	var held sync.WaitGroup
	for range 8 {
		held.Go(func() {
			runtime.LockOSThread()
			_ = unix.Setns(-1, unix.CLONE_NEWNET)
		})
	}
	for range 2000 {
		if err := unix.Setns(-1, unix.CLONE_NEWUTS); err != unix.EBADF {
			return err
		}
	}
	fmt.Println("free")
	held.Wait()
	fmt.Println("done")
	return nil
}
