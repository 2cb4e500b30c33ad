package seccomp

import (
	"unsafe"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Notification is one intercepted call, as the kernel lays it out (struct
// seccomp_notif): Recv fills it in place, in whatever memory it lies.
type Notification struct {
	// ID names the notification in replies. It is never 0.
	ID uint64
	// TID is the calling thread in the receiver's pid namespace; 0 where it is
	// not visible there, and then nothing of the caller can be read.
	TID uint32
	// Flags are unused by the kernel so far.
	Flags uint32
	Data  Data
}

// Data is the call (struct seccomp_data). It is a copy: the caller's own
// registers can not change it any more, memory that they point to can.
type Data struct {
	// NR is the number as the caller gave it, X32Bit included.
	NR int32
	// Arch is an AUDIT_ARCH_* word.
	Arch uint32
	// IP is the address of the instruction after the call.
	IP uint64
	// Args are the registers, whole: a caller of I386 or X32, and any argument
	// narrower than 64 bits, may carry junk above what the kernel reads.
	Args [6]uint64
}

// Call is the ABI and number through which the call came in; false for an
// architecture that callgate does not know.
func (d *Data) Call() (Key, bool) {
	abi, ok := syscalls.ABIOf(d.Arch, int(d.NR))
	nr := int(d.NR)
	if abi == syscalls.X32 {
		nr &^= syscalls.X32Bit
	}
	return Key{abi, nr}, ok
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

// addFD is struct seccomp_notif_addfd.
type addFD struct {
	id         uint64
	flags      uint32
	srcFD      uint32
	newFD      uint32
	newFDFlags uint32
}

// notifSizes is struct seccomp_notif_sizes: what the running kernel writes and reads.
type notifSizes struct{ notif, resp, data uint16 }

var wantSizes = notifSizes{
	notif: uint16(unsafe.Sizeof(Notification{})),
	resp:  uint16(unsafe.Sizeof(response{})),
	data:  uint16(unsafe.Sizeof(Data{})),
}
