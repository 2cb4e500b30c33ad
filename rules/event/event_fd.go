package event

// FD is the file, socket or path that the call is about.
type FD struct {
	Num        int    `expr:"num" need:"args" stable:"yes" doc:"File descriptor that the call names. A call that opens one names none: it is a result."`
	Name       string `expr:"name" need:"path" doc:"For paths: absolute, resolved against the caller's root, directory and symbolic links. For sockets: CLIENT->SERVER, or the path of a unix socket."`
	NameRaw    string `expr:"nameraw" need:"args" doc:"The path as the caller gave it."`
	Directory  string `expr:"directory" need:"path" doc:"fd.name without its last component."`
	Filename   string `expr:"filename" need:"path" doc:"Last component of fd.name."`
	Type       string `expr:"type" need:"fdtype" doc:"file, directory, ipv4, ipv6, unix, netlink, packet, vsock, pipe, event, signalfd, eventpoll, inotify, timerfd, memfd, pidfd, namespace, char, block, other. On opens, before there is a descriptor: directory with O_DIRECTORY, else file."`
	TypeChar   string `expr:"typechar" need:"fdtype" doc:"fd.type as one character: f (file, char, block), d, 4, 6, u, n, p, e, s (signalfd), l (eventpoll), i, t, m, P (pidfd), o (all others)."`
	L4Proto    string `expr:"l4proto" need:"socket" doc:"tcp, udp, icmp or raw."`
	SockFamily string `expr:"sockfamily" need:"addr" doc:"ip or unix."`

	SIP   string `expr:"sip" need:"addr" doc:"Server address: the one that connect or send names or that the socket is connected to; on bind, listen and accept the socket's own. IPv4-mapped IPv6 addresses are given as IPv4."`
	SPort int    `expr:"sport" need:"addr" doc:"Server port."`
	CIP   string `expr:"cip" need:"socket" doc:"Client address: the socket's own, when it is bound. On a connection that was accepted too: the kernel does not tell who began it."`
	CPort int    `expr:"cport" need:"socket" doc:"Client port, when the socket is bound."`
	LIP   string `expr:"lip" need:"addr socket" doc:"Local address: the one that bind names, or the socket's own, when it is bound."`
	LPort int    `expr:"lport" need:"addr socket" doc:"Local port."`
	RIP   string `expr:"rip" need:"addr" doc:"Remote address: the one that connect or send names, or that the socket is connected to."`
	RPort int    `expr:"rport" need:"addr" doc:"Remote port."`

	IP   none `expr:"ip" of:"SIP CIP" doc:"Either end: fd.ip == X holds when fd.sip or fd.cip is X, fd.ip != X when none that is known is. For conditions only."`
	Port none `expr:"port" of:"SPort CPort" doc:"Either port, like fd.ip."`
	Net  none `expr:"net" of:"SIP CIP" doc:"Either end, for cidr(fd.net, NETWORK)."`
	SNet none `expr:"snet" of:"SIP" doc:"fd.sip, for cidr(fd.snet, NETWORK)."`
	CNet none `expr:"cnet" of:"CIP" doc:"fd.cip, likewise."`
	LNet none `expr:"lnet" of:"LIP" doc:"fd.lip, likewise."`
	RNet none `expr:"rnet" of:"RIP" doc:"fd.rip, likewise."`

	Server FDServer `expr:"sip"`
	Client FDClient `expr:"cip"`
	Local  FDLocal  `expr:"lip"`
	Remote FDRemote `expr:"rip"`

	Connected   bool `expr:"connected" need:"socket" known:"SocketKnown" doc:"The IPv4 or IPv6 socket is connected, before the call."`
	NameChanged bool `expr:"name_changed" need:"socket" known:"NameKnown" doc:"The call gives the IPv4 or IPv6 socket another address: connect, bind, and a send to where it is not connected to. Not known of calls that receive."`
	SocketKnown bool `expr:"socketknown"` // companions; no fields of their own
	NameKnown   bool `expr:"nameknown"`
}

// What is known of a socket's ends beside their addresses.
type (
	// FDServer is the server's end.
	FDServer struct {
		Name string `expr:"name" need:"addr hosts" doc:"Name of fd.sip in callgate's own /etc/hosts, the first one of its line. No name server is ever asked."`
	}
	// FDClient is the client's end.
	FDClient struct {
		Name string `expr:"name" need:"socket hosts" doc:"Name of fd.cip, likewise."`
	}
	// FDLocal is the socket's own end.
	FDLocal struct {
		Name string `expr:"name" need:"addr socket hosts" doc:"Name of fd.lip, likewise."`
	}
	// FDRemote is the other end.
	FDRemote struct {
		Name string `expr:"name" need:"addr hosts" doc:"Name of fd.rip, likewise."`
	}
)

// FS are the paths of calls that name one or two files.
type FS struct {
	Path FSPath `expr:"path"`
}

// FSPath names the files of a call; resolved like fd.name.
type FSPath struct {
	Name      string `expr:"name" need:"path" doc:"Path of a call on one file, resolved."`
	NameRaw   string `expr:"nameraw" need:"args" doc:"The same, as given."`
	Source    string `expr:"source" need:"path" doc:"First path of a call on two files (rename's old path, link's old path, mount's source), resolved. For symlink: the target text."`
	SourceRaw string `expr:"sourceraw" need:"args" doc:"The same, as given."`
	Target    string `expr:"target" need:"path" doc:"Second path of a call on two files, resolved."`
	TargetRaw string `expr:"targetraw" need:"args" doc:"The same, as given."`
}
