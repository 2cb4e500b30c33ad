package decode

import "github.com/callgate/callgate/seccomp/syscalls"

// Call is one intercepted call, by its registers.
type Call struct {
	ABI  syscalls.ABI
	NR   int // without syscalls.X32Bit
	Args [6]uint64
	Spec *syscalls.Call // how its registers are read; nil: callgate does not decode it
}

// New finds how a call is decoded.
func New(abi syscalls.ABI, nr int, args [6]uint64) Call {
	spec, _ := syscalls.Lookup(abi, nr)
	return Call{ABI: abi, NR: nr, Args: args, Spec: spec}
}

// Type is the call's evt.type as far as the registers tell: that of the call for
// which i386's socketcall stands, even where its arguments can't be read. "" for
// a call that is not decoded.
func (c *Call) Type() string {
	if c.Spec == nil {
		return ""
	}
	if c.Spec.Type == multiplexer {
		if real, _, ok := syscalls.SocketCall(c.Value(0)); ok {
			return real.Type
		}
	}
	return c.Spec.Type
}

// Value is argument i at the width at which the kernel reads it.
func (c *Call) Value(i int) int { return c.Spec.Args[i].Kind.Value(c.ABI, c.Args[i]) }

// pointer is argument i as an address.
func (c *Call) pointer(i int) uint64 { return uint64(c.Value(i)) } //nolint:gosec // the same 64 bits

// wordSize is the size of a pointer in the caller's memory.
func (c *Call) wordSize() uint64 {
	if c.ABI.Is32() {
		return 4
	}
	return 8
}
