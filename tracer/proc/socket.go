package proc

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// SocketInfo is what a socket is, and its addresses as far as it has any.
type SocketInfo struct {
	Family, Type, Proto int // SO_DOMAIN, SO_TYPE, SO_PROTOCOL
	// Local and Peer are the addresses of an IPv4 or IPv6 socket; an IPv4-mapped
	// one is given as IPv4.
	Local, Peer netip.AddrPort
	// UnixLocal and UnixPeer are the addresses of a unix socket; an abstract
	// one begins with "@".
	UnixLocal, UnixPeer string
}

// Socket looks at a socket of the thread through a duplicate, which is closed
// again. ENOTSOCK when it is none, EBADF when it isn't open. Without an arena the
// unix addresses stay empty.
func (t *Thread) Socket(a *event.Arena, fd int) (SocketInfo, error) {
	if err := t.prove(); err != nil {
		return SocketInfo{}, err
	}
	pidfd, err := t.e.lazyFD(&t.e.pidfd, t.e.openPidfd)
	if err != nil {
		return SocketInfo{}, t.e.errno("open pidfd", err)
	}
	dup, err := unix.PidfdGetfd(pidfd, fd, 0)
	if err != nil {
		return SocketInfo{}, t.e.errno("copy descriptor", err)
	}
	defer closeFD(dup)
	var s SocketInfo
	for _, opt := range [...]struct {
		name int
		dst  *int
	}{{unix.SO_DOMAIN, &s.Family}, {unix.SO_TYPE, &s.Type}, {unix.SO_PROTOCOL, &s.Proto}} {
		if *opt.dst, err = unix.GetsockoptInt(dup, unix.SOL_SOCKET, opt.name); err != nil {
			return SocketInfo{}, t.e.errno("look at socket", err)
		}
	}
	s.Local, s.UnixLocal = address(a, dup, unix.SYS_GETSOCKNAME)
	s.Peer, s.UnixPeer = address(a, dup, unix.SYS_GETPEERNAME)
	return s, nil
}

// openPidfd opens the thread, whose descriptors may be its own, or (before
// Linux 6.9) its process. Its number is proved to be its own afterwards.
func (e *entry) openPidfd() (int, error) {
	if e.tid == e.tgid {
		return unix.PidfdOpen(e.tid, 0)
	}
	fd, err := unix.PidfdOpen(e.tid, unix.PIDFD_THREAD)
	if err == unix.EINVAL {
		fd, err = unix.PidfdOpen(e.tgid, 0)
	}
	if err == nil && !e.alive() {
		closeFD(fd)
		return -1, unix.ESRCH
	}
	return fd, err
}

// address asks for one of a socket's addresses; a socket without it has none.
func address(a *event.Arena, fd int, call uintptr) (netip.AddrPort, string) {
	var b [unix.SizeofSockaddrAny]byte
	size := uint32(len(b))
	_, _, errno := unix.Syscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b)), uintptr(unsafe.Pointer(&size)))
	if errno != 0 || int(size) > len(b) || size < 2 {
		return netip.AddrPort{}, ""
	}
	return parseAddress(a, b[:size])
}
