package victim

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// mark is in the first argument of the calls that are intercepted: getppid does
// nothing and looks at no argument, and what Go's runtime does is not touched.
const mark = 0xca11 << 32

// Call makes an intercepted call. What follows the mark tells the supervisor
// what to do.
func Call(n uint32) (uintptr, unix.Errno) {
	// Not raw: Go signals threads that seem to compute for long.
	r, _, errno := unix.Syscall(unix.SYS_GETPPID, mark|uintptr(n), 0, 0)
	return r, errno
}

// Check ends a victim that can not go on.
func Check(err error) {
	if err != nil {
		fmt.Println("victim:", err)
		os.Exit(1)
	}
}

// BeWatched puts the victim under a filter that intercepts Call, hands its
// listener to the test, and becomes another program of the test's, all of whose
// threads are under the filter.
func BeWatched(flags seccomp.Flags, program string) {
	runtime.LockOSThread()
	f := &seccomp.Filter{}
	abi := syscalls.Native()[0]
	nr, _ := syscalls.Number(abi, "getppid")
	f.Add(seccomp.Key{ABI: abi, NR: nr}, seccomp.Cube{{Arg: 0, Mask: 0xffff << 32, Value: mark}}, seccomp.Notify)
	prog, err := bpf.Compile(f)
	Check(err)
	Check(seccomp.SetNoNewPrivs())
	fd, err := seccomp.Install(prog, flags)
	Check(err)
	const channel = 3
	Check(unix.Sendmsg(channel, []byte{1}, unix.UnixRights(fd), nil, 0))
	Check(unix.Close(fd))
	Check(unix.Close(channel))
	Check(os.Setenv(env, program))
	Check(unix.Exec("/proc/self/exe", os.Args, os.Environ()))
}
