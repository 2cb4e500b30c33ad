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
	if d.plan.fd < 0 || need&(event.NeedPath|event.NeedFDType|event.NeedSocket) == 0 {
		return nil
	}
	fd := d.call.Value(d.plan.fd)
	inet := d.to.named && d.to.addr.ip.IsValid()
	if !d.to.named && need&(event.NeedPath|event.NeedFDType) != 0 {
		info, err := d.target.FD(d.arena, fd)
		if err != nil {
			return lost("look up descriptor", err)
		}
		ev.FD.Type = info.Type
		inet = info.Type == "ipv4" || info.Type == "ipv6"
		d.setName(ev, info.Name)
	}
	if d.to.named && d.to.addr.kind == pathname && need&event.NeedPath != 0 {
		return d.unixPath(ev)
	}
	if need&event.NeedSocket == 0 && (!inet || need&event.NeedPath == 0) {
		return nil
	}
	s, err := d.lookUpSocket()
	if err != nil {
		return lost("look up socket", err)
	}
	d.fillSocket(ev, s)
	return nil
}

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
	ev.FD.L4Proto = protocol(s)
	server := s.Peer
	if d.to.named {
		server = d.to.addr.ip
	}
	if d.call.Spec.Type == "bind" || d.to.named && !server.IsValid() {
		return // the address that it names is the socket's own, or of another family
	}
	client := s.Local
	bound := client.IsValid() && client.Port() != 0
	if bound {
		ev.FD.CIP, ev.FD.CPort = d.ipText(client.Addr().Unmap()), int(client.Port())
	}
	if server.IsValid() && !d.to.named {
		ev.FD.SockFamily = "ip"
		ev.FD.SIP, ev.FD.SPort = d.ipText(server.Addr().Unmap()), int(server.Port())
		ev.FD.Net = ev.FD.SIP
	}
	d.tuple(ev, client, server, bound)
}

// tuple makes fd.name of an IP socket: CLIENT->SERVER, of which either may be
// unknown.
func (d *Decoder) tuple(ev *event.Event, client, server netip.AddrPort, bound bool) {
	b := d.scratch[:0]
	if bound {
		b = appendEnd(b, client)
	}
	b = append(b, "->"...)
	if server.IsValid() {
		b = appendEnd(b, server)
	}
	d.scratch = b
	ev.FD.Name, ev.FD.Directory, ev.FD.Filename = d.arena.String(b), "", ""
}

func appendEnd(b []byte, end netip.AddrPort) []byte {
	return netip.AddrPortFrom(end.Addr().Unmap(), end.Port()).AppendTo(b)
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
