package decode

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime/debug"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/decode/internal/victim"
)

// victimEnv makes the test binary a victim instead.
const victimEnv = "CALLGATE_DECODE_VICTIM"

// runVictim makes the calls that come in on its standard input. Once its filter
// is there it calls nothing that could be intercepted, so it neither allocates
// nor leaves this thread.
func runVictim() {
	debug.SetGCPercent(-1)
	fd, err := prepareVictim()
	var errno unix.Errno
	if errors.As(err, &errno) {
		fd = -int(errno)
	} else if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], uint64(fd))
	transfer(unix.SYS_WRITE, 1, number[:])
	memory := unsafe.Slice((*byte)(lowMemory()), imageSize)
	var order [9 * 8]byte
	for {
		transfer(unix.SYS_READ, 0, order[:])
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(order[8*i:]) }
		clear(memory)
		transfer(unix.SYS_READ, 0, memory[:word(8)])
		var args [6]uintptr
		for i := range args {
			args[i] = uintptr(word(2 + i))
		}
		r, _ := victim.Call(syscalls.ABI(word(0)), uintptr(word(1)), args)
		binary.LittleEndian.PutUint64(number[:], uint64(r))
		transfer(unix.SYS_WRITE, 1, number[:])
	}
}

// prepareVictim makes the descriptors that the cases use, gives up all
// capabilities, so that a call that slips through does no harm, and installs
// the filter.
func prepareVictim() (int, error) {
	if err := placeDescriptors(); err != nil {
		return -1, err
	}
	_, _, errno := unix.Syscall6(unix.SYS_MMAP, imageBase, imageSize, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_FIXED_NOREPLACE, ^uintptr(0), 0)
	if errno != 0 {
		return -1, errno
	}
	prog, err := interceptAll()
	if err != nil {
		return -1, err
	}
	flags := seccomp.BestFlags()
	if err := seccomp.SetNoNewPrivs(); err != nil {
		return -1, err
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&head, &none[0]); err != nil {
		return -1, err
	}
	return seccomp.Install(prog, flags)
}

func placeDescriptors() error {
	dir, err := unix.Open(".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Dup3(dir, dirFD, 0); err != nil {
		return err
	}
	return unix.Dup3(socket, socketFD, 0)
}

// lowMemory is where prepareVictim put the mapping.
func lowMemory() unsafe.Pointer {
	addr := uintptr(imageBase)
	return *(*unsafe.Pointer)(unsafe.Pointer(&addr))
}

// transfer reads or writes all of b, or ends the victim.
func transfer(nr, fd uintptr, b []byte) {
	for len(b) > 0 {
		n, _, errno := syscall.RawSyscall(nr, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		switch {
		case errno == unix.EINTR:
		case errno != 0 || n == 0:
			syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		default:
			b = b[n:]
		}
	}
}
