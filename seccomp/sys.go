package seccomp

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// sysSeccomp is seccomp(2).
func sysSeccomp(op, flags uintptr, arg unsafe.Pointer) (int, unix.Errno) {
	r, _, errno := unix.Syscall(unix.SYS_SECCOMP, op, flags, uintptr(arg))
	return int(r), errno
}

// ioctl must not be a RawSyscall: RECV blocks, and a thread that blocks
// without telling the scheduler stops the garbage collector for everybody.
// A signal (Go sends itself SIGURG) is no reason to give up.
func ioctl(fd int, req uintptr, arg unsafe.Pointer) (int, unix.Errno) {
	for {
		r, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), req, uintptr(arg))
		if errno != unix.EINTR {
			return int(r), errno
		}
	}
}

// ioctlValue is ioctl for requests whose argument is no pointer.
func ioctlValue(fd int, req, value uintptr) unix.Errno {
	for {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), req, value); errno != unix.EINTR {
			return errno
		}
	}
}

// poll waits for events on the descriptors; timeout in ms, -1 for ever.
func poll(fds []unix.PollFd, timeout int) (int, error) {
	for {
		n, err := unix.Poll(fds, timeout)
		if err != unix.EINTR {
			return n, err
		}
	}
}
