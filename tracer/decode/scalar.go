package decode

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// registers fills evt.rawarg with every register, evt.arg with those that are
// values or mere addresses.
func (d *Decoder) registers(ev *event.Event) {
	for i := range d.call.Spec.Args {
		a := &d.call.Spec.Args[i]
		v := d.call.Value(i)
		ev.Evt.RawArg[d.plan.arg[i]] = v
		if a.Kind.Scalar() || plain[a.Kind] {
			ev.Evt.Arg[d.plan.arg[i]] = d.scalar(a, v)
		}
	}
}

// User is the number of the user that the call in hand names, if it names one, and
// the argument's index in evt.arg.
func (d *Decoder) User() (uid, arg int, ok bool) {
	i := d.plan.user
	if i < 0 {
		return 0, 0, false
	}
	return d.call.Value(i), d.plan.arg[i], true
}

// allArgs is evt.args: what is known of every argument, the caller's registers
// before what lies in structures. A user stands there by the number, whether or
// not anybody has asked for the name.
func (d *Decoder) allArgs(ev *event.Event) string {
	user := ""
	if i := d.plan.user; i >= 0 {
		user = d.scalar(&d.call.Spec.Args[i], d.call.Value(i))
	}
	mark := d.arena.Mark()
	add := func(name, text string) {
		if d.arena.Mark() > mark {
			d.arena.Append(" ")
		}
		d.arena.Append(name)
		d.arena.Append("=")
		if text == "" {
			text = event.NA
		}
		d.arena.Append(text)
	}
	for i := range d.call.Spec.Args {
		text := ev.Evt.Arg[d.plan.arg[i]]
		if i == d.plan.user {
			text = user
		}
		add(d.call.Spec.Args[i].Name, text)
	}
	for i := range d.call.Spec.Fields {
		add(d.call.Spec.Fields[i].Name, ev.Evt.Arg[d.plan.field[i]])
	}
	return d.arena.Since(mark)
}

// plain are the pointers that are shown as addresses; the others are followed.
var plain = [...]bool{
	syscalls.Ptr: true, syscalls.OpenHow: true, syscalls.CloneArgs: true, syscalls.CapHeader: true, syscalls.CapData: true,
	syscalls.BPFAttr: true, syscalls.SockArgs: true, syscalls.Msghdr: true, syscalls.Mmsghdr: true, syscalls.Bytes: false,
}

// scalar is a value as text: by its symbols, modes in octal, addresses in
// hexadecimal, all else in decimal.
func (d *Decoder) scalar(a *syscalls.Arg, v int) string {
	b := d.scratch[:0]
	switch u := uint64(v); { //nolint:gosec // the same 64 bits
	case a.Kind == syscalls.DirFD && v == unix.AT_FDCWD:
		return "AT_FDCWD"
	case a.Symbols != nil && a.Kind == syscalls.Int:
		b = a.Symbols.Append(b, u&0xffffffff)
	case a.Symbols != nil:
		b = a.Symbols.Append(b, u)
	case a.Kind == syscalls.Mode && v != 0:
		b = strconv.AppendUint(append(b, '0'), u, 8)
	case a.Kind >= syscalls.Ptr && v == 0:
		return "NULL"
	case a.Kind >= syscalls.Ptr:
		b = strconv.AppendUint(append(b, "0x"...), u, 16)
	case a.Kind.Signed():
		b = strconv.AppendInt(b, int64(v), 10)
	default:
		b = strconv.AppendUint(b, u, 10)
	}
	d.scratch = b
	return d.arena.String(b)
}

// setField fills evt.arg and evt.rawarg of a value that lay in memory.
func (d *Decoder) setField(ev *event.Event, i int, v uint64) {
	f := &d.call.Spec.Fields[i]
	id := d.plan.field[i]
	ev.Evt.RawArg[id] = int(v)           //nolint:gosec // the same 64 bits
	ev.Evt.Arg[id] = d.scalar(f, int(v)) //nolint:gosec // the same 64 bits
}
