package decode

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/proc"
)

// descriptor fills what the call's descriptor is: fd.type, fd.name where the
// call names neither a file nor an address, and the two ends of a socket.
func (d *Decoder) descriptor(ev *event.Event, need event.Need) error {
	const wanted = event.NeedPath | event.NeedFDType | event.NeedSocket | event.NeedAddr
	if d.plan.fd < 0 || need&wanted == 0 {
		return nil
	}
	fd := d.call.Value(d.plan.fd)
	inet := d.to.named && d.to.addr.ip.IsValid()
	if !d.to.named && need&(event.NeedPath|event.NeedFDType) != 0 {
		info, err := d.target.FD(d.arena, fd)
		if err != nil {
			return lost("look up descriptor", err)
		}
		setType(ev, info.Type)
		inet = info.Type == "ipv4" || info.Type == "ipv6"
		d.setName(ev, info.Name)
	}
	if d.to.named && d.to.addr.kind == pathname && need&event.NeedPath != 0 {
		return d.unixPath(ev)
	}
	unnamed := !d.to.named && need&event.NeedAddr != 0 // only the socket knows where it leads
	if !unnamed && need&event.NeedSocket == 0 && (!inet || need&event.NeedPath == 0) {
		return nil
	}
	s, err := d.lookUpSocket()
	if err != nil {
		return lost("look up socket", err)
	}
	d.fillSocket(ev, s)
	return nil
}

// setType fills fd.type and fd.typechar.
func setType(ev *event.Event, typ string) { ev.FD.Type, ev.FD.TypeChar = typ, event.TypeChar(typ) }

// lookUpSocket asks once a call: the messages of a sendmmsg share their socket.
func (d *Decoder) lookUpSocket() (*proc.SocketInfo, error) {
	if !d.socketRead {
		d.socketRead = true
		d.socket, d.socketErr = d.target.Socket(d.arena, d.call.Value(d.plan.fd))
	}
	return &d.socket, d.socketErr
}

// unixPath resolves the path of a unix socket's address.
func (d *Decoder) unixPath(ev *event.Event) error {
	name, exact, err := d.target.Resolve(d.arena, unix.AT_FDCWD, d.to.addr.path, d.call.Spec.Type != "bind")
	d.exact = d.exact && exact
	d.setName(ev, name)
	return lost("resolve path", err)
}

// fillSocket fills what the socket itself knows: its protocol and both ends. An
// address that the call names stands before the one that the socket is
// connected to.
func (d *Decoder) fillSocket(ev *event.Event, s *proc.SocketInfo) {
	if s.Family != unix.AF_INET && s.Family != unix.AF_INET6 {
		return
	}
	f := &ev.FD
	f.L4Proto, f.Connected, f.SocketKnown = protocol(s), s.Peer.IsValid(), true
	local, remote := unmapped(s.Local), unmapped(s.Peer)
	if d.plan.namesAddress() {
		was := remote
		if d.plan.serves {
			was = local
		}
		f.NameChanged, f.NameKnown = d.to.named && d.to.addr.ip != was, true
	}
	if d.to.named && (d.plan.serves || !d.to.addr.ip.IsValid()) {
		return // the address that it names is the socket's own, or of another family
	}
	if d.to.named {
		remote = d.to.addr.ip
	}
	if local.IsValid() && local.Port() != 0 {
		f.LIP, f.LPort = d.ipText(local.Addr()), int(local.Port())
	} else {
		local = netip.AddrPort{} // not bound
	}
	if remote.IsValid() && !d.to.named {
		f.RIP, f.RPort = d.ipText(remote.Addr()), int(remote.Port())
	}
	server := remote
	if d.plan.serves {
		server = local
		f.SIP, f.SPort = f.LIP, f.LPort
	} else {
		f.CIP, f.CPort, f.SIP, f.SPort = f.LIP, f.LPort, f.RIP, f.RPort
	}
	if server.IsValid() {
		f.SockFamily = "ip"
	}
	d.tuple(ev, local, remote)
}

// unmapped is an end as IPv4 where it is one.
func unmapped(end netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(end.Addr().Unmap(), end.Port())
}

// tuple makes fd.name of an IP socket: CLIENT->SERVER, of which either may be
// unknown; of one that waits for clients its own address.
func (d *Decoder) tuple(ev *event.Event, local, remote netip.AddrPort) {
	b := d.scratch[:0]
	if local.IsValid() {
		b = local.AppendTo(b)
	}
	if !d.plan.serves {
		b = append(b, "->"...)
	}
	if remote.IsValid() {
		b = remote.AppendTo(b)
	}
	d.scratch = b
	ev.FD.Name, ev.FD.Directory, ev.FD.Filename = d.arena.String(b), "", ""
}

// protocol is fd.l4proto.
func protocol(s *proc.SocketInfo) string {
	switch s.Proto {
	case unix.IPPROTO_TCP, unix.IPPROTO_MPTCP:
		return "tcp"
	case unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE:
		return "udp"
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		return "icmp"
	}
	if s.Type == unix.SOCK_RAW {
		return "raw"
	}
	return ""
}
