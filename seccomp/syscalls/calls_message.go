package syscalls

// messageCalls send and receive. evt.arg.addr of sendmsg and sendmmsg lies in
// the message's header.
var messageCalls = []row{
	{Type: "sendto", Args: append(bufferArgs[:4:4], Arg{"addr", Sockaddr, nil}, Arg{"addrlen", Int, nil})},
	{Type: "sendmsg", Args: []Arg{{"fd", FD, nil}, {"msg", Msghdr, nil}, {"flags", Uint, msgFlags}}, Fields: messageFields},
	{Type: "sendmmsg", Args: []Arg{
		{"fd", FD, nil}, {"msg", Mmsghdr, nil}, {"vlen", Uint, nil}, {"flags", Uint, msgFlags},
	}, Fields: messageFields},
	{Type: "recvfrom", Args: append(bufferArgs[:4:4], Arg{"addr", Ptr, nil}, Arg{"addrlen", Ptr, nil})},
	{Type: "recvmsg", Args: []Arg{{"fd", FD, nil}, {"msg", Ptr, nil}, {"flags", Uint, msgFlags}}},
	{Type: "recvmmsg", Names: "recvmmsg recvmmsg_time64", Args: []Arg{
		{"fd", FD, nil}, {"msg", Ptr, nil}, {"vlen", Uint, nil}, {"flags", Uint, msgFlags}, {"timeout", Ptr, nil},
	}},
	// send and recv have no number of their own here: socketcall reaches them.
	{Type: "send", Args: bufferArgs},
	{Type: "recv", Args: bufferArgs},
}

var (
	bufferArgs    = []Arg{{"fd", FD, nil}, {"buf", Ptr, nil}, {"size", Ulong, nil}, {"flags", Uint, msgFlags}}
	messageFields = []Arg{{"addr", Sockaddr, nil}}
)
