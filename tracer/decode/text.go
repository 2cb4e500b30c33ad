package decode

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// texts fills evt.arg of the strings that are no paths, and of argv and the
// environment.
func (d *Decoder) texts(ev *event.Event) error {
	var errs firstError
	for _, i := range d.plan.text {
		errs.add(d.textArg(ev, i))
	}
	errs.add(d.vectors(ev))
	return errs.err
}

// hostNameMax is the kernel's __NEW_UTS_LEN: the longest text of kind Bytes.
const hostNameMax = 64

// textArg reads one string; of a longer one the first 4095 bytes. A null
// pointer stays missing: most of these calls take one.
func (d *Decoder) textArg(ev *event.Event, i int) error {
	addr := d.call.pointer(i)
	if addr == 0 {
		return nil
	}
	var s []byte
	var err error
	if d.call.Spec.Args[i].Kind == syscalls.Bytes {
		n := d.call.Value(i + 1)
		if n < 0 || n > hostNameMax {
			return d.bad(i, addr, unix.EINVAL)
		}
		s = d.text[:n]
		err = d.mem.full(addr, s)
	} else {
		s, _, err = d.mem.cstring(addr, d.text[:pathMax-1], pathHint)
	}
	if err != nil {
		return d.wrap(i, addr, err)
	}
	ev.Evt.Arg[d.plan.arg[i]] = d.arena.String(s)
	return nil
}
