package decode

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// maxSockaddr is sizeof(struct sockaddr_storage), the most that the kernel copies.
const maxSockaddr = 128

// Sizes below which the kernel refuses an address of a family.
const (
	sizeofFamily = 2
	sizeofInet   = 16
	sizeofInet6  = 24 // without the scope, as in RFC 2133 (SIN6_LEN_RFC2133)
	sizeofScope  = 28
	sizeofUnix   = 110
	sizeofLink   = 12 // netlink, and the part of packet's that is always there
	sizeofVM     = 16
)

// address is a decoded socket address.
type address struct {
	family int
	ip     netip.AddrPort // ipv4 and ipv6, IPv4-mapped ones as IPv4
	scope  uint32         // ipv6: the interface
	path   []byte         // unix: a path, or a name in the abstract name space
	kind   unixKind
	id     [2]uint32 // netlink: port, groups; packet: protocol, interface; vsock: cid, port
}

// unixKind says what a unix address names.
type unixKind uint8

const (
	unnamed unixKind = iota
	pathname
	abstract
)

// parse decodes the bytes of an address. It is false when the kernel refuses an
// address of that family and length.
func (a *address) parse(b []byte) bool {
	if len(b) < sizeofFamily {
		return false
	}
	*a = address{family: int(binary.LittleEndian.Uint16(b))}
	return a.parseAs(a.family, b)
}

// parseAs decodes the bytes as an address of a family, whatever they say.
func (a *address) parseAs(family int, b []byte) bool {
	switch family {
	case unix.AF_UNIX:
		return a.parseUnix(b[sizeofFamily:])
	case unix.AF_INET:
		if len(b) < sizeofInet {
			return false
		}
		ip := netip.AddrFrom4([4]byte(b[4:8]))
		a.ip = netip.AddrPortFrom(ip, binary.BigEndian.Uint16(b[2:]))
	case unix.AF_INET6:
		if len(b) < sizeofInet6 {
			return false
		}
		ip := netip.AddrFrom16([16]byte(b[8:24])).Unmap()
		a.ip = netip.AddrPortFrom(ip, binary.BigEndian.Uint16(b[2:]))
		if len(b) >= sizeofScope && ip.Is6() {
			a.scope = binary.LittleEndian.Uint32(b[24:])
		}
	case unix.AF_NETLINK:
		return a.parseIDs(b, sizeofLink, 4, 8)
	case unix.AF_PACKET:
		if len(b) < sizeofLink {
			return false
		}
		a.id = [2]uint32{uint32(binary.BigEndian.Uint16(b[2:])), binary.LittleEndian.Uint32(b[4:])}
	case unix.AF_VSOCK:
		return a.parseIDs(b, sizeofVM, 8, 4)
	}
	return true
}

func (a *address) parseIDs(b []byte, size, first, second int) bool {
	if len(b) < size {
		return false
	}
	a.id = [2]uint32{binary.LittleEndian.Uint32(b[first:]), binary.LittleEndian.Uint32(b[second:])}
	return true
}

// parseUnix decodes sun_path: empty, abstract when it begins with a NUL (then
// every byte counts), else a path up to a NUL or to the end (unix(7)).
func (a *address) parseUnix(b []byte) bool {
	switch {
	case len(b) > sizeofUnix-sizeofFamily:
		return false
	case len(b) == 0:
		a.kind = unnamed
	case b[0] == 0:
		a.kind, a.path = abstract, b[1:]
	default:
		if end := bytes.IndexByte(b, 0); end >= 0 {
			b = b[:end]
		}
		a.kind, a.path = pathname, b
	}
	return true
}

// append writes the address as text: "ip:port", "[ipv6%scope]:port", a unix
// path, "@name" in the abstract name space, "netlink:port", "packet:interface",
// "vsock:cid:port", or the family's name.
func (a *address) append(b []byte) []byte {
	switch a.family {
	case unix.AF_UNIX:
		if a.kind == abstract {
			b = append(b, '@')
		}
		return append(b, a.path...)
	case unix.AF_NETLINK:
		return appendID(append(b, "netlink"...), a.id[0])
	case unix.AF_PACKET:
		return appendID(append(b, "packet"...), a.id[1])
	case unix.AF_VSOCK:
		return appendID(appendID(append(b, "vsock"...), a.id[0]), a.id[1])
	}
	if !a.ip.IsValid() {
		return familyNames.Append(b, uint64(a.family)) //nolint:gosec // 16 bits
	}
	ip := a.ip.Addr()
	if ip.Is4() {
		b = ip.AppendTo(b)
	} else {
		b = ip.AppendTo(append(b, '['))
		if a.scope != 0 {
			b = strconv.AppendUint(append(b, '%'), uint64(a.scope), 10)
		}
		b = append(b, ']')
	}
	return appendID(b, uint32(a.ip.Port()))
}

func appendID(b []byte, id uint32) []byte {
	return strconv.AppendUint(append(b, ':'), uint64(id), 10)
}

// familyNames are the symbols of socket's first argument.
var familyNames = func() *syscalls.Symbols {
	c, _, _ := syscalls.SocketCall(1)
	return c.Args[0].Symbols
}()

// typ is fd.type of a socket with such an address.
func (a *address) typ() string {
	switch a.family {
	case unix.AF_UNIX:
		return "unix"
	case unix.AF_NETLINK:
		return "netlink"
	case unix.AF_PACKET:
		return "packet"
	case unix.AF_VSOCK:
		return "vsock"
	case unix.AF_INET:
		return "ipv4"
	case unix.AF_INET6:
		return "ipv6"
	}
	return ""
}
