package tracer_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/seccomp"
)

const stalledOpens = 300

func init() {
	roles["stalling opens"] = func([]string) {
		victim.BeWatched(opens(), seccomp.BestFlags())
		victim.Become("stalling opens, watched")
	}
	roles["stalling opens, watched"] = func([]string) {
		memory := neverThere()
		var wg sync.WaitGroup
		var mu sync.Mutex
		results := map[unix.Errno]int{}
		for range stalledOpens {
			wg.Go(func() {
				_, _, errno := unix.Syscall6(unix.SYS_OPENAT, ^uintptr(0), memory, unix.O_RDONLY|opensMark, 0, 0, 0)
				mu.Lock()
				defer mu.Unlock()
				results[errno]++
			})
		}
		wg.Go(func() {
			path := []byte("/public\x00")
			_, _, errno := unix.Syscall6(unix.SYS_OPENAT, ^uintptr(0), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|opensMark, 0, 0, 0)
			fmt.Println("honest:", errno == unix.ENOENT || errno == unix.EPERM)
		})
		wg.Wait()
		fmt.Println(results[unix.EPERM], "of", len(results))
	}
}

// neverThere is the address of a page that a userfaultfd is to provide, which
// nobody reads (ioctl_userfaultfd(2)).
func neverThere() uintptr {
	const (
		uffdioAPI      = 0xc018aa3f
		uffdioRegister = 0xc020aa00
		modeMissing    = 1
	)
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC, 0, 0)
	if errno != 0 {
		victim.Check(fmt.Errorf("userfaultfd: %w", errno))
	}
	ioctl := func(req uintptr, arg unsafe.Pointer) {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, req, uintptr(arg)); errno != 0 {
			victim.Check(fmt.Errorf("userfaultfd: %w", errno))
		}
	}
	api := struct{ api, features, ioctls uint64 }{api: 0xaa}
	ioctl(uffdioAPI, unsafe.Pointer(&api))
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	victim.Check(err)
	at := uintptr(unsafe.Pointer(unsafe.SliceData(page)))
	register := struct{ start, length, mode, ioctls uint64 }{start: uint64(at), length: uint64(len(page)), mode: modeMissing}
	ioctl(uffdioRegister, unsafe.Pointer(&register))
	return at
}

// A program with CAP_SYS_PTRACE can make every read of its memory take for ever:
// its calls are refused where a rule must know what is there, and another call
// is served.
func TestMemoryThatNeverComes(t *testing.T) {
	if os.Getuid() != 0 {
		victim.Skip(t, "a userfaultfd that holds the kernel's reads needs root")
	}
	s := supervise(t, victim.Start(t, true, "stalling opens"), denySecret)
	got := s.serve(t)
	if got != fmt.Sprintf("honest: true\n%d of 1", stalledOpens) {
		t.Errorf("the victim said %q", got)
	}
	for _, a := range s.alerts {
		if !strings.HasPrefix(a, "Call Could Not Be Judged") {
			t.Errorf("alert %s", a)
		}
	}
	if len(s.alerts) < stalledOpens {
		t.Errorf("%d alerts of %d refused calls", len(s.alerts), stalledOpens)
	}
}
