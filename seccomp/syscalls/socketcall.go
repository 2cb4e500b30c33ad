package syscalls

import "slices"

// socketCallTypes are the calls that i386's socketcall stands for, by its first
// argument (linux/net.h, SYS_SOCKET is 1).
var socketCallTypes = [...]string{
	1: "socket", 2: "bind", 3: "connect", 4: "listen", 5: "accept", 6: "getsockname", 7: "getpeername", 8: "socketpair",
	9: "send", 10: "recv", 11: "sendto", 12: "recvfrom", 13: "shutdown", 14: "setsockopt", 15: "getsockopt",
	16: "sendmsg", 17: "recvmsg", 18: "accept4", 19: "recvmmsg", 20: "sendmmsg",
}

// SocketCallTypes are the evt.types of the calls that socketcall stands for, each
// at the index of its first argument; there is none at 0.
func SocketCallTypes() []string { return slices.Clone(socketCallTypes[:]) }

// SocketCall finds the call that socketcall(n, …) stands for, and how many
// 32-bit words of its argument array the kernel reads. False: the kernel
// refuses n with EINVAL.
func SocketCall(n int) (c *Call, words int, ok bool) {
	if n < 1 || n >= len(socketCallTypes) {
		return nil, 0, false
	}
	c = known().socket[n]
	return c, len(c.Args), true
}

// SocketCallOf finds the call with the given evt.type among those that
// socketcall stands for. Some of them (send, recv) have no number of their own.
func SocketCallOf(typ string) (*Call, bool) {
	for _, c := range known().socket {
		if c != nil && c.Type == typ {
			return c, true
		}
	}
	return nil, false
}
