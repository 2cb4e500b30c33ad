package decode

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// structures read the values that a call passes in memory, by evt.type.
var structures = map[string]func(*Decoder, *event.Event) error{
	"clone3":    (*Decoder).clone3,
	"capset":    (*Decoder).capset,
	"prctl":     (*Decoder).prctl,
	"fsconfig":  (*Decoder).fsconfig,
	"truncate":  (*Decoder).splitLength,
	"ftruncate": (*Decoder).splitLength,
}

// structure reads an extensible structure whose pointer and size are arguments,
// with the checks of the kernel's copy_struct_from_user: at least least bytes,
// at most a page, and zeros beyond the known ones.
func (d *Decoder) structure(ptr, size int, least, known uint64) ([]byte, error) {
	addr, n := d.call.pointer(ptr), d.call.pointer(size)
	switch {
	case n < least:
		return nil, d.bad(ptr, addr, unix.EINVAL)
	case n > pageSize:
		return nil, d.bad(ptr, addr, unix.E2BIG)
	}
	b := d.text[:n]
	if err := d.mem.full(addr, b); err != nil {
		return nil, d.wrap(ptr, addr, err)
	}
	for i := known; i < n; i++ {
		if b[i] != 0 {
			return nil, d.bad(ptr, addr, unix.E2BIG)
		}
	}
	return b, nil
}

// clone3 reads struct clone_args' flags; 64 bytes in Linux 5.3, 88 since 5.7.
func (d *Decoder) clone3(ev *event.Event) error {
	b, err := d.structure(0, 1, 64, 88)
	if err == nil {
		d.setField(ev, 0, binary.LittleEndian.Uint64(b))
	}
	return err
}

// prctl reads the name that PR_SET_NAME gives, 15 bytes and a NUL.
func (d *Decoder) prctl(ev *event.Event) error {
	if d.call.Value(0) != unix.PR_SET_NAME {
		return nil
	}
	return d.textField(ev, 1, 0, 16)
}

// fsconfig reads the text that FSCONFIG_SET_STRING and _SET_PATH give.
func (d *Decoder) fsconfig(ev *event.Event) error {
	const value, charbuf = 3, 0
	switch d.call.Value(1) {
	case unix.FSCONFIG_SET_STRING, unix.FSCONFIG_SET_PATH, unix.FSCONFIG_SET_PATH_EMPTY:
		return d.textField(ev, value, charbuf, pathMax)
	}
	return nil
}

// textField fills field f with the string, at most limit bytes of it, at the
// address in argument i.
func (d *Decoder) textField(ev *event.Event, i, f, limit int) error {
	addr := d.call.pointer(i)
	s, _, err := d.mem.cstring(addr, d.text[:limit-1], limit)
	if err != nil {
		return d.wrap(i, addr, err)
	}
	ev.Evt.Arg[d.plan.field[f]] = d.arena.String(s)
	return nil
}

// splitLength puts together the 64-bit length that i386 passes in two registers.
func (d *Decoder) splitLength(ev *event.Event) error {
	const low, high = 1, 2
	d.setField(ev, 0, d.call.pointer(high)<<32|d.call.pointer(low))
	return nil
}

// Versions of capset's structures (linux/capability.h); 2 and 3 have two data
// elements, for 64 capabilities.
const (
	capVersion1 = 0x19980330
	capVersion2 = 0x20071026
	capVersion3 = 0x20080522
)

// capset reads the three sets of capabilities.
func (d *Decoder) capset(ev *event.Event) error {
	const header, data, elem = 0, 1, 12
	addr := d.call.pointer(header)
	b := d.text[:2*elem]
	if err := d.mem.full(addr, b[:4]); err != nil {
		return d.wrap(header, addr, err)
	}
	n := 2
	switch binary.LittleEndian.Uint32(b) {
	case capVersion1:
		n = 1
	case capVersion2, capVersion3:
	default:
		return d.bad(header, addr, unix.EINVAL)
	}
	addr = d.call.pointer(data)
	clear(b)
	if err := d.mem.full(addr, b[:n*elem]); err != nil {
		return d.wrap(data, addr, err)
	}
	// An element is effective, permitted, inheritable; Fields are the other way round.
	for f := range d.call.Spec.Fields {
		at := 4 * (2 - f)
		low, high := binary.LittleEndian.Uint32(b[at:]), binary.LittleEndian.Uint32(b[elem+at:])
		d.setField(ev, f, uint64(high)<<32|uint64(low))
	}
	return nil
}
