package decode

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// maxMessages is the kernel's UIO_MAXIOV: sendmmsg sends no more in one call.
const maxMessages = 1024

// messages is how many messages a sendmmsg sends.
func (d *Decoder) messages() int {
	return min(d.call.Value(d.plan.messages+1), maxMessages)
}

// sizeofMmsghdr is the distance of two struct mmsghdr, which are a msghdr and
// an unsigned int.
func (c *Call) sizeofMmsghdr() uint64 {
	if c.ABI.Is32() {
		return 32
	}
	return 64
}

// location is where the address of the call, or of message i of a sendmmsg,
// lies; n is negative where there is none.
func (d *Decoder) location(i int) (arg int, addr uint64, n int, err error) {
	p := d.plan
	switch {
	case p.address >= 0:
		arg = p.address
		if addr = d.call.pointer(arg); addr == 0 {
			return arg, 0, -1, nil
		}
		if n = d.call.Value(arg + 1); n < 0 || n > maxSockaddr {
			return arg, addr, -1, d.bad(arg, addr, unix.EINVAL)
		}
		return arg, addr, n, nil
	case p.message >= 0:
		addr, n, err = d.msghdr(p.message, d.call.pointer(p.message))
		return p.message, addr, n, err
	}
	if i >= d.messages() {
		return p.messages, 0, -1, nil
	}
	at := d.call.pointer(p.messages) + uint64(i)*d.call.sizeofMmsghdr() //nolint:gosec // i is an index
	addr, n, err = d.msghdr(p.messages, at)
	return p.messages, addr, n, err
}

// msghdr reads msg_name and msg_namelen. The kernel cuts off a length beyond
// sockaddr_storage here, while sendto refuses it (net/socket.c,
// __copy_msghdr).
func (d *Decoder) msghdr(arg int, at uint64) (addr uint64, n int, err error) {
	size := d.call.wordSize()
	b := d.text[:size+4]
	if err := d.mem.full(at, b); err != nil {
		return 0, -1, d.wrap(arg, at, err)
	}
	addr, n = word(b, size), int(int32(binary.LittleEndian.Uint32(b[size:]))) //nolint:gosec // msg_namelen is an int
	switch {
	case addr == 0:
		return 0, -1, nil
	case n < 0:
		return addr, -1, d.bad(arg, at, unix.EINVAL)
	}
	return addr, min(n, maxSockaddr), nil
}
