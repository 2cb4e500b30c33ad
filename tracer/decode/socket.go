package decode

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// destination is the address of one event of the call in hand. It is read once,
// so that what rules judged is what alerts show.
type destination struct {
	event int // the event that it belongs to, or -1
	addr  address
	named bool // the event names an address
	err   error
	buf   [maxSockaddr]byte
}

// socketAddress decodes the address of event i and fills evt.arg.addr and what
// it says about the socket.
func (d *Decoder) socketAddress(i int, ev *event.Event, need event.Need) error {
	const wanted = event.NeedArgs | event.NeedAddr | event.NeedPath | event.NeedFDType | event.NeedSocket
	if !d.plan.namesAddress() || need&wanted == 0 {
		return nil
	}
	if to := &d.to; to.event != i {
		to.event, to.named = i, false
		to.err = d.readAddress(i)
	}
	if d.to.named {
		d.fillAddress(ev, need)
	}
	return d.to.err
}

func (d *Decoder) readAddress(i int) error {
	to := &d.to
	arg, addr, n, err := d.location(i)
	if err != nil || n <= 0 {
		return err
	}
	b := to.buf[:n]
	if err := d.mem.full(addr, b); err != nil {
		return d.wrap(arg, addr, err)
	}
	if !to.addr.parse(b) {
		return d.bad(arg, addr, unix.EINVAL)
	}
	if to.addr.family == unix.AF_UNSPEC {
		d.unspecified(b)
	}
	to.named = true
	return nil
}

// unspecified decodes an address without a family. On connect it ends a
// connection; on a send the kernel takes it for one of the socket's own family
// (net/ipv4/udp.c, net/ipv6/raw.c), so it must not hide where the data goes.
func (d *Decoder) unspecified(b []byte) {
	if d.call.Spec.Type == "connect" {
		return
	}
	family := unix.AF_INET
	if s, err := d.lookUpSocket(); err == nil && s.Family == unix.AF_INET6 {
		family = unix.AF_INET6
	}
	if d.to.addr.parseAs(family, b) && d.to.addr.ip.IsValid() {
		d.to.addr.family = family
	}
}

// fillAddress puts the decoded address into the event.
func (d *Decoder) fillAddress(ev *event.Event, need event.Need) {
	a := &d.to.addr
	if need&event.NeedFDType != 0 {
		setType(ev, a.typ())
	}
	if a.ip.IsValid() {
		ev.FD.SockFamily = "ip"
		f := &ev.FD
		f.SIP, f.SPort = d.ipText(a.ip.Addr()), int(a.ip.Port())
		if d.plan.serves {
			f.LIP, f.LPort = f.SIP, f.SPort
		} else {
			f.RIP, f.RPort = f.SIP, f.SPort
		}
		if need&(event.NeedArgs|event.NeedPath) == 0 {
			return // which most calls are decided by
		}
	}
	d.scratch = a.append(d.scratch[:0])
	text := d.arena.String(d.scratch)
	if need&event.NeedArgs != 0 {
		ev.Evt.Arg[d.addrArg()] = text
	}
	if a.family == unix.AF_UNIX {
		ev.FD.SockFamily, ev.FD.NameRaw = "unix", text
	}
	if need&event.NeedPath != 0 && a.kind != pathname {
		ev.FD.Name = text
	}
}

// addrArg is the index of the address in evt.arg: a register's argument, or a
// message's only field.
func (d *Decoder) addrArg() int {
	if d.plan.address >= 0 {
		return d.plan.arg[d.plan.address]
	}
	return d.plan.field[0]
}

func (d *Decoder) ipText(ip netip.Addr) string {
	d.scratch = ip.AppendTo(d.scratch[:0])
	return d.arena.String(d.scratch)
}
