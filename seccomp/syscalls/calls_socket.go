package syscalls

// socketCalls make sockets and connect them. None of their registers is wider
// than an int, apart from pointers (net/socket.c).
var socketCalls = []row{
	{Type: "socket", Args: socketArgs},
	{Type: "socketpair", Args: append(socketArgs[:3:3], Arg{"usockvec", Ptr, nil})},
	{Type: "connect", Args: addressArgs},
	{Type: "bind", Args: addressArgs},
	{Type: "listen", Args: []Arg{{"fd", FD, nil}, {"backlog", Int, nil}}},
	{Type: "accept", Args: peerArgs},
	{Type: "accept4", Args: append(peerArgs[:3:3], Arg{"flags", Int, socketFlags})},
	{Type: "getsockname", Args: peerArgs},
	{Type: "getpeername", Args: peerArgs},
	{Type: "shutdown", Args: []Arg{{"fd", FD, nil}, {"how", Int, shutdownHow}}},
	{Type: "setsockopt", Args: append(optionArgs[:4:4], Arg{"optlen", Int, nil})},
	{Type: "getsockopt", Args: append(optionArgs[:4:4], Arg{"optlen", Ptr, nil})},
	{Type: "socketcall", ABIs: onI386, Args: []Arg{{"call", Int, socketCallNames}, {"args", SockArgs, nil}}},
}

var (
	socketArgs  = []Arg{{"domain", Int, families}, {"type", Int, socketTypes}, {"proto", Int, nil}}
	addressArgs = []Arg{{"fd", FD, nil}, {"addr", Sockaddr, nil}, {"addrlen", Int, nil}}
	peerArgs    = []Arg{{"fd", FD, nil}, {"addr", Ptr, nil}, {"addrlen", Ptr, nil}}
	optionArgs  = []Arg{{"fd", FD, nil}, {"level", Int, nil}, {"optname", Int, nil}, {"val", Ptr, nil}}
)
