package proc

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// parseAddress parses a struct sockaddr that the kernel wrote.
func parseAddress(a *event.Arena, b []byte) (ip netip.AddrPort, path string) {
	if len(b) < 2 {
		return ip, ""
	}
	switch binary.NativeEndian.Uint16(b) {
	case unix.AF_INET:
		if len(b) < unix.SizeofSockaddrInet4 {
			return ip, ""
		}
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[2:])), ""
	case unix.AF_INET6:
		if len(b) < unix.SizeofSockaddrInet6 {
			return ip, ""
		}
		addr := netip.AddrFrom16([16]byte(b[8:24])).Unmap()
		if scope := binary.NativeEndian.Uint32(b[24:]); scope != 0 && addr.Is6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(b[2:])), ""
	case unix.AF_UNIX:
		return ip, unixAddress(a, b[2:])
	}
	return ip, ""
}

// unixAddress renders sun_path: a path ends at its NUL, an abstract name begins
// with one and has NULs within; see unix(7).
func unixAddress(a *event.Arena, path []byte) string {
	if len(path) == 0 || a == nil {
		return ""
	}
	if path[0] != 0 {
		return a.String(cStringOf(path))
	}
	mark := a.Mark()
	a.Append("@")
	a.AppendBytes(path[1:])
	return a.Since(mark)
}
