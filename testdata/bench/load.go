package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// workload is one system call that the benchmark repeats.
type workload struct {
	name  string                           // as printed
	trace string                           // strace -e trace=
	calls int                              // a round, all callers together
	make  func(dir string) (func(), error) // dir is the caller's to leave files in
}

// The calls are real but change nothing: setns of no namespace fails with EBADF
// after the filter, a UDP connect only notes the address.
var workloads = []workload{
	{name: "setns", trace: "setns", calls: 4000, make: func(_ string) (func(), error) {
		// The default rule knows the programs that change namespaces for a living.
		if err := os.WriteFile("/proc/self/comm", []byte("nsenter"), 0); err != nil {
			return nil, err
		}
		bad := ^uintptr(0)
		return func() { _, _, _ = syscall.RawSyscall(unix.SYS_SETNS, bad, unix.CLONE_NEWNET, 0) }, nil
	}},
	{name: "connect", trace: "connect", calls: 4000, make: func(_ string) (func(), error) {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		addr := &unix.RawSockaddrInet4{Family: unix.AF_INET, Port: 9 << 8, Addr: [4]byte{127, 0, 0, 1}}
		return func() {
			_, _, _ = syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(addr)), unix.SizeofSockaddrInet4)
		}, nil
	}},
	{name: "openat for writing", trace: "openat", calls: 2000, make: func(dir string) (func(), error) {
		f, err := os.CreateTemp(dir, "")
		if err != nil {
			return nil, err
		}
		path := append([]byte(f.Name()), 0)
		at := unix.AT_FDCWD
		return func() {
			fd, _, _ := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(&path[0])), unix.O_WRONLY|unix.O_TRUNC, 0, 0, 0)
			_, _, _ = syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
		}, f.Close()
	}},
	{name: "execve", trace: "execve", calls: 60, make: func(_ string) (func(), error) {
		return func() {
			p, err := syscall.ForkExec("/bin/true", []string{"true"}, &syscall.ProcAttr{})
			if err != nil {
				panic(err)
			}
			_, _ = syscall.Wait4(p, nil, 0, nil)
		}, nil
	}},
	{name: "getppid", trace: "getppid", calls: 200000, make: func(_ string) (func(), error) {
		return func() { _, _, _ = syscall.RawSyscall(unix.SYS_GETPPID, 0, 0, 0) }, nil
	}},
}

func find(name string) *workload {
	for i := range workloads {
		if workloads[i].name == name {
			return &workloads[i]
		}
	}
	return nil
}

// load is the process that is measured: it repeats a call on so many threads
// and writes the nanoseconds per call and caller to descriptor 1.
func load(args []string) error {
	if len(args) < 2 {
		return errors.New("load wants a name and a number of callers")
	}
	w := find(args[0])
	callers, err := strconv.Atoi(args[1])
	if w == nil || err != nil {
		return fmt.Errorf("load: no such work %q %q", args[0], args[1])
	}
	calls := max(w.calls/callers, 5)
	if len(args) > 2 { // for profiles
		if calls, err = strconv.Atoi(args[2]); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "callgate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nothing of it is of use to anyone
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	errs := make(chan error, callers)
	for range callers {
		ready.Add(1)
		done.Go(func() {
			runtime.LockOSThread()
			f, err := w.make(dir)
			if err != nil {
				errs <- err
				ready.Done()
				return
			}
			for range max(calls/20, 2) {
				f() // warm up
			}
			ready.Done()
			<-begin
			for range calls {
				f()
			}
		})
	}
	ready.Wait()
	start := time.Now()
	close(begin)
	done.Wait()
	elapsed := time.Since(start)
	select {
	case err := <-errs:
		return err
	default:
	}
	fmt.Println(int(elapsed) / calls)
	return nil
}
