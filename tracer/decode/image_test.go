package decode

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// image is the memory to which a call's pointers lead. It lies at the same low
// address in a test's fake target and in a real child, so that 32-bit pointers
// reach it, and one table of calls serves both.
type image struct {
	abi syscalls.ABI
	b   []byte
}

const (
	imageBase = 0x2000_0000
	imageSize = 64 * pageSize
)

// put places bytes, aligned like a structure, and is their address.
func (m *image) put(b []byte) uint64 {
	for len(m.b)%8 != 0 {
		m.b = append(m.b, 0)
	}
	addr := imageBase + uint64(len(m.b))
	m.b = append(m.b, b...)
	return addr
}

func (m *image) word(b []byte, v uint64) []byte {
	if m.abi.Is32() {
		return binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return binary.LittleEndian.AppendUint64(b, v)
}

// value makes one register of a call, placing in memory what it points to.
type value func(*image) uint64

func num(v uint64) value { return func(*image) uint64 { return v } }

// neg is a negative number.
func neg(v int64) value { return num(uint64(v)) }

func str(s string) value { return func(m *image) uint64 { return m.put(append([]byte(s), 0)) } }

func raw(b []byte) value { return func(m *image) uint64 { return m.put(b) } }

// list is an array of pointers with a null at its end.
func list(items ...string) value {
	return func(m *image) uint64 {
		var b []byte
		for _, s := range items {
			b = m.word(b, m.put(append([]byte(s), 0)))
		}
		return m.put(m.word(b, 0))
	}
}

// header is a struct msghdr whose only contents are an address.
func header(m *image, name []byte) []byte {
	b := m.word(nil, m.put(name))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(name)))
	if !m.abi.Is32() {
		b = append(b, 0, 0, 0, 0)
	}
	for range 4 { // iov, iovlen, control, controllen
		b = m.word(b, 0)
	}
	return m.word(b, 0) // flags, and padding
}

func msg(name []byte) value { return func(m *image) uint64 { return m.put(header(m, name)) } }

// msgs is an array of struct mmsghdr.
func msgs(names ...[]byte) value {
	return func(m *image) uint64 {
		var b []byte
		for _, name := range names {
			b = m.word(append(b, header(m, name)...), 0) // msg_len, and padding
		}
		return m.put(b)
	}
}

// words32 is an array of 32-bit words, as socketcall takes it.
func words32(values ...value) value {
	return func(m *image) uint64 {
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, uint32(v(m)))
		}
		return m.put(b)
	}
}

// words64 is a structure of 64-bit words, the same on every ABI.
func words64(values ...uint64) value {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return raw(b)
}

func family(f int) []byte { return binary.LittleEndian.AppendUint16(nil, uint16(f)) }

// inet is a struct sockaddr_in or sockaddr_in6 with scope 3.
func inet(s string) []byte {
	ap := netip.MustParseAddrPort(s)
	if ap.Addr().Is4() {
		b := binary.BigEndian.AppendUint16(family(unix.AF_INET), ap.Port())
		return append(append(b, ap.Addr().AsSlice()...), make([]byte, 8)...)
	}
	b := binary.BigEndian.AppendUint16(family(unix.AF_INET6), ap.Port())
	b = append(append(b, 0, 0, 0, 0), ap.Addr().AsSlice()...)
	return append(b, 3, 0, 0, 0)
}

func unixAddr(path string) []byte { return append(family(unix.AF_UNIX), path...) }
