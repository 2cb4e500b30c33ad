package decode

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"
)

var execCases = []testCase{
	{name: "execve", args: []value{str("/bin/sh"), list("sh", "-c", "id; echo  x"), list("HOME=/", "A=b c")}, want: fields{
		"evt.type": "execve", "evt.arg.filename": "/bin/sh", "evt.arg.exe": "sh", "evt.arg.args": "-c id; echo  x", "evt.args": "filename=/bin/sh args=-c id; echo  x env=HOME=/ A=b c exe=sh",
		"evt.arg.env": "HOME=/ A=b c", "fd.nameraw": "/bin/sh",
	}},
	{name: "execve", args: []value{str("prog"), num(0), num(0)}, want: fields{
		"evt.arg.exe": "<NA>", "evt.arg.args": "<NA>", "evt.arg.env": "<NA>", "fd.name": "$D/prog",
	}},
	{name: "execve", args: []value{str("prog"), list("prog", strings.Repeat("x", 3*pageSize), "end"), list()}, want: fields{
		"evt.arg.args": strings.Repeat("x", 3*pageSize) + " end",
	}},
	{name: "execveat", args: []value{num(dirFD), str("link"), list("a", "b"), list(), num(unix.AT_SYMLINK_NOFOLLOW)}, want: fields{
		"evt.type": "execveat", "evt.arg.dirfd": "200", "evt.arg.pathname": "link", "evt.arg.args": "b", "fd.name": "$D/link",
		"evt.arg.flags": "AT_SYMLINK_NOFOLLOW",
	}},
	{name: "execveat", args: []value{num(dirFD), str(""), list("a"), list(), num(unix.AT_EMPTY_PATH)}, want: fields{"fd.name": "$D", "evt.arg.exe": "a"}},
}

const addr4, addr6 = "10.96.0.1:443", "[2001:db8::1]:8443"

var socketCases = []testCase{
	{name: "socket", args: []value{num(unix.AF_PACKET), num(unix.SOCK_RAW | unix.SOCK_CLOEXEC), num(0x300)}, want: fields{
		"evt.type": "socket", "evt.arg.domain": "AF_PACKET", "evt.args": "domain=AF_PACKET type=SOCK_RAW|SOCK_CLOEXEC proto=768", "evt.rawarg.domain": "17", "evt.arg.type": "SOCK_RAW|SOCK_CLOEXEC", "evt.rawarg.proto": "768",
	}},
	{name: "socketpair", args: []value{num(unix.AF_UNIX), num(unix.SOCK_STREAM), num(0), num(0)}, want: fields{"evt.arg.domain": "AF_UNIX", "evt.arg.usockvec": "NULL"}},
	{name: "connect", args: []value{num(socketFD), raw(inet(addr4)), num(16)}, want: fields{
		"evt.type": "connect", "evt.arg.fd": "201", "evt.arg.addr": addr4, "fd.num": "201", "fd.sip": "10.96.0.1", "fd.sport": "443",
		"fd.rip": "10.96.0.1", "fd.rport": "443", "fd.snet": "10.96.0.1", "fd.cnet": "<NA>", "fd.lip": "<NA>", "fd.sockfamily": "ip", "fd.type": "ipv4", "fd.typechar": "4",
		"fd.connected": "false", "fd.name_changed": "true", "fd.name": "->" + addr4, "fd.l4proto": "tcp", "fd.cip": "<NA>",
	}},
	{name: "connect", args: []value{num(socketFD), raw(inet(addr6)), num(28)}, want: fields{
		"evt.arg.addr": "[2001:db8::1%3]:8443", "fd.sip": "2001:db8::1", "fd.sport": "8443", "fd.type": "ipv6", "fd.name": "->" + addr6,
	}},
	{name: "connect", args: []value{num(socketFD), raw(inet(addr6)), num(24)}, want: fields{"evt.arg.addr": addr6}},
	{name: "connect", args: []value{num(socketFD), raw(inet("[::ffff:1.2.3.4]:80")), num(28)}, want: fields{
		"evt.arg.addr": "1.2.3.4:80", "fd.sip": "1.2.3.4", "fd.rnet": "1.2.3.4",
	}},
	{name: "connect", args: []value{num(socketFD), raw(append(unixAddr("run/../sock\x00junk"), make([]byte, 110)...)), num(110)}, want: fields{
		"evt.arg.addr": "run/../sock", "fd.sockfamily": "unix", "fd.type": "unix", "fd.typechar": "u", "fd.connected": "<NA>", "fd.nameraw": "run/../sock", "fd.name": "$D/sock", "fd.sip": "<NA>",
	}},
	{name: "connect", args: []value{num(socketFD), raw(unixAddr("\x00abs\x00tract")), num(12)}, want: fields{
		"evt.arg.addr": `@abs\x00tract`, "fd.name": `@abs\x00tract`, "fd.sockfamily": "unix",
	}},
	{name: "connect", args: []value{num(socketFD), raw(append(family(unix.AF_UNSPEC), make([]byte, 14)...)), num(16)}, want: fields{
		"evt.arg.addr": "AF_UNSPEC", "fd.sip": "<NA>",
	}},
	{name: "connect", args: []value{num(socketFD), raw(binary.LittleEndian.AppendUint64(append(family(unix.AF_NETLINK), 0, 0), 7)), num(12)}, want: fields{
		"evt.arg.addr": "netlink:7", "fd.type": "netlink",
	}},
	{name: "bind", args: []value{num(socketFD), raw(inet("0.0.0.0:8080")), num(16)}, want: fields{
		"evt.type": "bind", "evt.arg.addr": "0.0.0.0:8080", "fd.sport": "8080", "fd.rip": "<NA>", "fd.lip": "0.0.0.0", "fd.lport": "8080", "fd.lnet": "0.0.0.0", "fd.name": "0.0.0.0:8080",
		"fd.name_changed": "true",
	}},
	{name: "bind", args: []value{num(socketFD), raw(append(family(unix.AF_PACKET), 8, 0, 2, 0, 0, 0, 0, 0, 0, 0)), num(12)}, want: fields{
		"evt.arg.addr": "packet:2", "fd.type": "packet",
	}},
	{name: "connect", args: []value{num(socketFD), raw(append(family(unix.AF_VSOCK), 0, 0, 0, 4, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0)), num(16)}, want: fields{
		"evt.arg.addr": "vsock:2:1024", "fd.type": "vsock",
	}},
	{name: "listen", args: []value{num(socketFD), num(5)}, want: fields{"evt.arg.backlog": "5", "fd.num": "201", "fd.type": "ipv4"}},
	{name: "accept", args: []value{num(socketFD), num(0), num(0)}, want: fields{"evt.type": "accept", "evt.arg.addr": "NULL"}},
	{name: "accept4", args: []value{num(socketFD), num(0), num(0), num(unix.SOCK_CLOEXEC)}, want: fields{"evt.arg.flags": "SOCK_CLOEXEC"}},
	{name: "getsockname", args: []value{num(socketFD), num(0), num(0)}, want: fields{"fd.num": "201"}},
	{name: "getpeername", args: []value{num(socketFD), num(0), num(0)}, want: fields{"fd.num": "201"}},
	{name: "shutdown", args: []value{num(socketFD), num(2)}, want: fields{"evt.arg.how": "SHUT_RDWR"}},
	{name: "setsockopt", args: []value{num(socketFD), num(1), num(2), num(0), num(4)}, want: fields{"evt.arg.level": "1", "evt.rawarg.optlen": "4"}},
	{name: "getsockopt", args: []value{num(socketFD), num(1), num(2), num(0), num(0)}, want: fields{"evt.arg.optname": "2"}},
	{name: "sendto", args: []value{num(socketFD), num(imageBase), num(3), num(unix.MSG_DONTWAIT), raw(inet(addr4)), num(16)}, want: fields{
		"evt.type": "sendto", "evt.arg.size": "3", "evt.arg.flags": "MSG_DONTWAIT", "evt.arg.addr": addr4, "fd.sip": "10.96.0.1",
		"fd.connected": "false", "fd.name_changed": "true",
	}},
	{name: "sendto", args: []value{num(socketFD), num(imageBase), num(3), num(0), raw(hidden(addr4)), num(16)}, want: fields{
		"evt.arg.addr": addr4, "fd.sport": "443", "fd.sockfamily": "ip", "fd.type": "ipv4",
	}},
	{name: "sendto", args: []value{num(socketFD), num(imageBase), num(3), num(0), num(0), num(0)}, want: fields{"evt.arg.addr": "<NA>", "fd.sip": "<NA>", "fd.name_changed": "false"}},
	{name: "recvfrom", args: []value{num(socketFD), num(imageBase), num(3), num(0), num(0), num(0)}, want: fields{"evt.arg.size": "3", "fd.name_changed": "<NA>", "fd.connected": "false"}},
	{name: "sendmsg", args: []value{num(socketFD), msg(inet(addr4)), num(unix.MSG_NOSIGNAL)}, want: fields{
		"evt.type": "sendmsg", "evt.arg.addr": addr4, "evt.arg.flags": "MSG_NOSIGNAL", "fd.sip": "10.96.0.1", "fd.name": "->" + addr4,
	}},
	{name: "recvmsg", args: []value{num(socketFD), num(0), num(0)}, want: fields{"evt.arg.msg": "NULL"}},
	{name: "recvmmsg", args: []value{num(socketFD), num(0), num(0), num(0), num(0)}, want: fields{"evt.arg.vlen": "0"}},
	{name: "sendmmsg", args: []value{num(socketFD), msgs(inet("1.1.1.1:1"), inet("2.2.2.2:2")), num(2), num(0)}, want: fields{
		"evt.type": "sendmmsg", "evt.arg.addr": "1.1.1.1:1", "evt.arg.vlen": "2",
	}},
	{name: "sendmmsg", event: 1, args: []value{num(socketFD), msgs(inet("1.1.1.1:1"), inet("2.2.2.2:2")), num(2), num(0)}, want: fields{
		"evt.arg.addr": "2.2.2.2:2", "fd.sip": "2.2.2.2",
	}},
}

// hidden is an IPv4 address that claims to be of no family.
func hidden(s string) []byte {
	b := inet(s)
	b[0], b[1] = 0, 0
	return b
}

// socketcallCases reach the calls of socketCases through i386's multiplexer.
var socketcallCases = []testCase{
	{name: "socketcall", abis: onlyI386, args: []value{num(1), words32(num(17), num(3), num(768))}, want: fields{"evt.type": "socket", "evt.arg.domain": "AF_PACKET"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(2), words32(num(socketFD), raw(inet("0.0.0.0:8080")), num(16))}, want: fields{"evt.type": "bind", "fd.sport": "8080"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(3), words32(num(socketFD), raw(inet(addr4)), num(16))}, want: fields{
		"evt.type": "connect", "evt.arg.addr": addr4, "fd.sip": "10.96.0.1", "fd.num": "201", "evt.arg.call": "<NA>",
	}},
	{name: "socketcall", abis: onlyI386, args: []value{num(4), words32(num(socketFD), num(9))}, want: fields{"evt.type": "listen", "evt.arg.backlog": "9"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(5), words32(num(socketFD), num(0), num(0))}, want: fields{"evt.type": "accept"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(6), words32(num(socketFD), num(0), num(0))}, want: fields{"evt.type": "getsockname"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(7), words32(num(socketFD), num(0), num(0))}, want: fields{"evt.type": "getpeername"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(8), words32(num(1), num(1), num(0), num(0))}, want: fields{"evt.type": "socketpair", "evt.arg.domain": "AF_UNIX"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(9), words32(num(socketFD), num(imageBase), num(4), num(0))}, want: fields{"evt.type": "send", "evt.arg.size": "4"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(10), words32(num(socketFD), num(imageBase), num(4), num(0))}, want: fields{"evt.type": "recv", "evt.arg.size": "4"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(11), words32(num(socketFD), num(imageBase), num(4), num(0), raw(inet(addr4)), num(16))}, want: fields{"evt.type": "sendto", "fd.sport": "443"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(12), words32(num(socketFD), num(imageBase), num(4), num(0), num(0), num(0))}, want: fields{"evt.type": "recvfrom"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(13), words32(num(socketFD), num(1))}, want: fields{"evt.type": "shutdown", "evt.arg.how": "SHUT_WR"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(14), words32(num(socketFD), num(1), num(2), num(0), num(4))}, want: fields{"evt.type": "setsockopt"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(15), words32(num(socketFD), num(1), num(2), num(0), num(0))}, want: fields{"evt.type": "getsockopt"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(16), words32(num(socketFD), msg(inet(addr4)), num(0))}, want: fields{"evt.type": "sendmsg", "evt.arg.addr": addr4}},
	{name: "socketcall", abis: onlyI386, args: []value{num(17), words32(num(socketFD), num(0), num(0))}, want: fields{"evt.type": "recvmsg"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(18), words32(num(socketFD), num(0), num(0), num(unix.SOCK_NONBLOCK))}, want: fields{"evt.type": "accept4", "evt.arg.flags": "SOCK_NONBLOCK"}},
	{name: "socketcall", abis: onlyI386, args: []value{num(19), words32(num(socketFD), num(0), num(0), num(0), num(0))}, want: fields{"evt.type": "recvmmsg"}},
	{name: "socketcall", abis: onlyI386, event: 1, args: []value{num(20), words32(num(socketFD), msgs(inet("1.1.1.1:1"), inet("2.2.2.2:2")), num(2), num(0))}, want: fields{
		"evt.type": "sendmmsg", "evt.arg.addr": "2.2.2.2:2",
	}},
	{name: "socketcall", abis: onlyI386, args: []value{num(21), num(imageBase)}, want: fields{"evt.type": "socketcall", "evt.arg.call": "21"}},
}
