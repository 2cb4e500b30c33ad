package proc

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// cstr is a NUL-terminated name for openat and readlinkat. x/sys copies every
// name to the heap to append the NUL; these calls are too frequent for that.
type cstr string

const (
	dirStatus   cstr = "status\x00"
	dirCmdline  cstr = "cmdline\x00"
	dirEnviron  cstr = "environ\x00"
	dirExe      cstr = "exe\x00"
	dirCWD      cstr = "cwd\x00"
	dirComm     cstr = "comm\x00"
	dirRoot     cstr = "root\x00"
	dirLoginUID cstr = "loginuid\x00"
	dirUIDMap   cstr = "uid_map\x00"
	dirGIDMap   cstr = "gid_map\x00"
	dirMounts   cstr = "mountinfo\x00"
	nsPID       cstr = "ns/pid\x00"
	nsUser      cstr = "ns/user\x00"
)

// ptr is valid for a string constant with its NUL, which all cstr are.
func (s cstr) ptr() *byte { return unsafe.StringData(string(s)) }

// openat opens name, which must be NUL-terminated, without following up an
// EINTR more than the kernel's own restarts would.
func openat(dir int, name *byte, flags int) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(name)), uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
		if errno == 0 {
			return int(fd), nil
		}
		if errno != unix.EINTR {
			return -1, errno
		}
	}
}

// openat2 is openat with a say in what may be on the way.
func openat2(dir int, name *byte, flags int, resolve uint64) (int, error) {
	how := unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: resolve}
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT2, uintptr(dir), uintptr(unsafe.Pointer(name)),
			uintptr(unsafe.Pointer(&how)), unix.SizeofOpenHow, 0, 0)
		if errno == 0 {
			return int(fd), nil
		}
		if errno != unix.EINTR {
			return -1, errno
		}
	}
}

// readlinkat fills b and returns what fits in it.
func readlinkat(dir int, name *byte, b []byte) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// preadShort reads a few bytes of which the kernel has a copy at hand. It does not
// tell the scheduler, which costs as much as the read: it must not be used on
// files whose read can wait.
func preadShort(fd int, b []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_PREAD64, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// inProcess reports whether number tid now names a thread of process tgid: signal 0
// is sent to nobody. Like preadShort it does not tell the scheduler.
func inProcess(tid, tgid int) bool {
	_, _, errno := unix.RawSyscall(unix.SYS_TGKILL, uintptr(tgid), uintptr(tid), 0)
	return errno == 0
}

// read fills as much of b as the file has.
func read(fd int, b []byte) (int, error) {
	got := 0
	for got < len(b) {
		n, err := unix.Read(fd, b[got:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return got, err
		}
		if n == 0 {
			break
		}
		got += n
	}
	return got, nil
}

// closeFD closes a descriptor that may never have been opened.
func closeFD(fd int) {
	if fd >= 0 {
		_ = unix.Close(fd) // read-only: nothing can be lost
	}
}
