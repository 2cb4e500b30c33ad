package decode

import (
	"encoding/binary"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// multiplexer is the evt.type of i386's call that stands for twenty others.
const multiplexer = "socketcall"

// redispatch turns i386's socketcall into the call that it stands for, whose
// arguments are an array of words in memory. None of these calls is socketcall
// again, so once is enough. A number that the kernel refuses stays as it is.
func (d *Decoder) redispatch() error {
	c := &d.call
	if c.Spec == nil || c.Spec.Type != multiplexer {
		return nil
	}
	const array = 1
	spec, words, ok := syscalls.SocketCall(c.Value(0))
	if !ok {
		return nil
	}
	addr := c.pointer(array)
	b := d.text[:4*words]
	if err := d.mem.full(addr, b); err != nil {
		return d.wrap(array, addr, err)
	}
	c.Spec, c.Args = spec, [6]uint64{}
	for i := range words {
		c.Args[i] = uint64(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return nil
}
