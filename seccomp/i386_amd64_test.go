package seccomp_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// int80 enters the kernel through its i386 door. A Go function passes its
// arguments in rax, rbx, rcx, rdi, rsi, r8 and r9; the kernel takes them from
// eax, ebx, ecx, edx, esi, edi and ebp.
var int80 = []byte{
	0x55,             // push rbp
	0x48, 0x89, 0xfa, // mov rdx, rdi
	0x4c, 0x89, 0xc7, // mov rdi, r8
	0x4c, 0x89, 0xcd, // mov rbp, r9
	0xcd, 0x80, // int 0x80
	0x5d, // pop rbp
	0xc3, // ret
}

// i386 makes calls through int80 in memory that can be executed.
func i386() func(nr, a, b, c, d, e, f uintptr) uintptr {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	check(err)
	copy(page, int80)
	check(unix.Mprotect(page, unix.PROT_READ|unix.PROT_EXEC))
	code := &page[0]
	function := &code // a Go function value points to the address of its code
	return *(*func(nr, a, b, c, d, e, f uintptr) uintptr)(unsafe.Pointer(&function))
}

const i386Getppid, junk = 64, 0xabcdef12 << 32

func init() {
	victims["i386"] = func() {
		call := i386()
		beWatched(seccomp.FlagNewListener)
		fmt.Println("unmarked", call(i386Getppid, 1, 0, 0, 0, 0, 0))
		fmt.Println("clean", uint32(call(i386Getppid, mark|1, 2, 3, 4, 5, 6)))
		fmt.Println("junk", uint32(call(junk|i386Getppid, junk|mark|1, junk|2, junk|3, junk|4, junk|5, junk|6)))
	}
	victims["i386 probe"] = func() {
		fmt.Println(i386()(i386Getppid, 0, 0, 0, 0, 0, 0))
	}
}

// needI386 skips a test of i386 calls where the kernel has none. They are tested
// on a kernel of our own then, so that a run without them is complete.
func needI386(t *testing.T) {
	t.Helper()
	err := seccomp.Require(seccomp.I386Calls)
	if err == nil {
		return
	}
	if os.Getenv("CALLGATE_VM") == "1" {
		t.Fatal(err)
	}
	t.Skipf("runs in make test-vm: %v", err)
}

// doctor says what is so: a program that makes such a call gets an answer, or
// dies of it.
func TestI386IsProbed(t *testing.T) {
	v := start(t, "i386 probe")
	err := v.wait()
	got := strings.TrimSpace(v.out.String())
	if works := err == nil && got == strconv.Itoa(os.Getpid()); works != (seccomp.Require(seccomp.I386Calls) == nil) {
		t.Errorf("a program got %q, the probe says %v", got, seccomp.Require(seccomp.I386Calls))
	}
}

// A program of amd64 makes calls of i386: they are intercepted under the
// numbers of i386, with and without junk above the 32 bits that it has.
func TestI386FromAMD64(t *testing.T) {
	needI386(t)
	v := start(t, "i386")
	l := v.listen()
	for _, what := range []string{"clean", "junk"} {
		n := v.receive(l)
		k, ok := n.Data.Call()
		if want := (seccomp.Key{ABI: syscalls.I386, NR: i386Getppid}); k != want || !ok {
			t.Errorf("%s: got %v (%v), want %v", what, k, ok, want)
		}
		for i, want := range []uint32{mark | 1, 2, 3, 4, 5, 6} {
			if got := uint32(n.Data.Args[i]); got != want {
				t.Errorf("%s: register %d is %#x, want %#x", what, i, got, want)
			}
		}
		if err := l.ReturnValue(n.ID, 4242); err != nil {
			t.Error(err)
		}
	}
	want := fmt.Sprintf("unmarked %d\nclean 4242\njunk 4242", os.Getpid())
	if got := v.end(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := l.Recv(new(seccomp.Notification)); !errors.Is(err, seccomp.ErrHangup) {
		t.Errorf("the call without a mark was intercepted: %v", err)
	}
}

// x32 is refused by the filter itself. Kernels without x32 say the same; the one
// of make test-vm has it.
func TestX32IsRefused(t *testing.T) {
	if got := start(t, "x32 probe").end(); got != "0" && os.Getenv("CALLGATE_VM") == "1" {
		t.Errorf("the kernel has no x32: %s", got)
	}
	v := start(t, "x32")
	l := v.listen()
	if got := v.end(); got != unix.ENOSYS.Error() { // first: before Linux 6.11 the end shows when it is waited for
		t.Errorf("got %q", got)
	}
	if err := l.Recv(new(seccomp.Notification)); !errors.Is(err, seccomp.ErrHangup) {
		t.Errorf("receive: %v", err)
	}
}

func init() {
	victims["x32 probe"] = func() {
		_, _, errno := unix.RawSyscall(syscalls.X32Bit|unix.SYS_GETPPID, 0, 0, 0)
		fmt.Println(uint(errno))
	}
	victims["x32"] = func() {
		beWatched(seccomp.FlagNewListener)
		_, _, errno := unix.RawSyscall(syscalls.X32Bit|unix.SYS_GETPPID, mark, 0, 0)
		fmt.Println(errno)
	}
}
