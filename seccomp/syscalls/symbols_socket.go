package syscalls

import "golang.org/x/sys/unix"

// families are the address families, AF_LOCAL under the name that Falco uses.
var families = &Symbols{
	Mask: All,
	Enum: []Symbol{
		{unix.AF_UNSPEC, "AF_UNSPEC"}, {unix.AF_UNIX, "AF_UNIX"}, {unix.AF_INET, "AF_INET"}, {unix.AF_AX25, "AF_AX25"},
		{unix.AF_IPX, "AF_IPX"}, {unix.AF_APPLETALK, "AF_APPLETALK"}, {unix.AF_NETROM, "AF_NETROM"},
		{unix.AF_BRIDGE, "AF_BRIDGE"}, {unix.AF_ATMPVC, "AF_ATMPVC"}, {unix.AF_X25, "AF_X25"}, {unix.AF_INET6, "AF_INET6"},
		{unix.AF_ROSE, "AF_ROSE"}, {unix.AF_DECnet, "AF_DECnet"}, {unix.AF_NETBEUI, "AF_NETBEUI"},
		{unix.AF_SECURITY, "AF_SECURITY"}, {unix.AF_KEY, "AF_KEY"}, {unix.AF_NETLINK, "AF_NETLINK"},
		{unix.AF_PACKET, "AF_PACKET"}, {unix.AF_ASH, "AF_ASH"}, {unix.AF_ECONET, "AF_ECONET"}, {unix.AF_ATMSVC, "AF_ATMSVC"},
		{unix.AF_RDS, "AF_RDS"}, {unix.AF_SNA, "AF_SNA"}, {unix.AF_IRDA, "AF_IRDA"}, {unix.AF_PPPOX, "AF_PPPOX"},
		{unix.AF_WANPIPE, "AF_WANPIPE"}, {unix.AF_LLC, "AF_LLC"}, {unix.AF_IB, "AF_IB"}, {unix.AF_MPLS, "AF_MPLS"},
		{unix.AF_CAN, "AF_CAN"}, {unix.AF_TIPC, "AF_TIPC"}, {unix.AF_BLUETOOTH, "AF_BLUETOOTH"}, {unix.AF_IUCV, "AF_IUCV"},
		{unix.AF_RXRPC, "AF_RXRPC"}, {unix.AF_ISDN, "AF_ISDN"}, {unix.AF_PHONET, "AF_PHONET"},
		{unix.AF_IEEE802154, "AF_IEEE802154"}, {unix.AF_CAIF, "AF_CAIF"}, {unix.AF_ALG, "AF_ALG"}, {unix.AF_NFC, "AF_NFC"},
		{unix.AF_VSOCK, "AF_VSOCK"}, {unix.AF_KCM, "AF_KCM"}, {unix.AF_QIPCRTR, "AF_QIPCRTR"}, {unix.AF_SMC, "AF_SMC"},
		{unix.AF_XDP, "AF_XDP"}, {unix.AF_MCTP, "AF_MCTP"},
	},
}

// socketTypes are a socket's type in the low four bits, with accept4's flags.
var socketTypes = &Symbols{
	Mask: 0xf,
	Enum: []Symbol{
		{unix.SOCK_STREAM, "SOCK_STREAM"}, {unix.SOCK_DGRAM, "SOCK_DGRAM"}, {unix.SOCK_RAW, "SOCK_RAW"},
		{unix.SOCK_RDM, "SOCK_RDM"}, {unix.SOCK_SEQPACKET, "SOCK_SEQPACKET"}, {unix.SOCK_DCCP, "SOCK_DCCP"},
		{unix.SOCK_PACKET, "SOCK_PACKET"},
	},
	Flags: []Symbol{
		{unix.SOCK_NONBLOCK, "SOCK_NONBLOCK"}, {unix.SOCK_CLOEXEC, "SOCK_CLOEXEC"},
	},
}

// socketFlags are those of accept4.
var socketFlags = &Symbols{
	Flags: []Symbol{
		{unix.SOCK_NONBLOCK, "SOCK_NONBLOCK"}, {unix.SOCK_CLOEXEC, "SOCK_CLOEXEC"},
	},
}

// shutdownHow says which half of a connection ends.
var shutdownHow = &Symbols{
	Mask: All,
	Enum: []Symbol{
		{unix.SHUT_RD, "SHUT_RD"}, {unix.SHUT_WR, "SHUT_WR"}, {unix.SHUT_RDWR, "SHUT_RDWR"},
	},
}

// msgFlags are those of the calls that send and receive.
var msgFlags = &Symbols{
	Flags: []Symbol{
		{unix.MSG_OOB, "MSG_OOB"}, {unix.MSG_PEEK, "MSG_PEEK"}, {unix.MSG_DONTROUTE, "MSG_DONTROUTE"},
		{unix.MSG_CTRUNC, "MSG_CTRUNC"}, {0x10, "MSG_PROBE"}, {unix.MSG_TRUNC, "MSG_TRUNC"},
		{unix.MSG_DONTWAIT, "MSG_DONTWAIT"}, {unix.MSG_EOR, "MSG_EOR"}, {unix.MSG_WAITALL, "MSG_WAITALL"},
		{unix.MSG_FIN, "MSG_FIN"}, {unix.MSG_SYN, "MSG_SYN"}, {unix.MSG_CONFIRM, "MSG_CONFIRM"}, {unix.MSG_RST, "MSG_RST"},
		{unix.MSG_ERRQUEUE, "MSG_ERRQUEUE"}, {unix.MSG_NOSIGNAL, "MSG_NOSIGNAL"}, {unix.MSG_MORE, "MSG_MORE"},
		{unix.MSG_WAITFORONE, "MSG_WAITFORONE"}, {0x40000, "MSG_BATCH"}, {0x2000000, "MSG_SOCK_DEVMEM"},
		{unix.MSG_ZEROCOPY, "MSG_ZEROCOPY"}, {unix.MSG_FASTOPEN, "MSG_FASTOPEN"},
		{unix.MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"},
	},
}

// socketCallNames are the first argument of i386's socketcall (linux/net.h).
var socketCallNames = &Symbols{
	Mask: All,
	Enum: []Symbol{
		{1, "SYS_SOCKET"}, {2, "SYS_BIND"}, {3, "SYS_CONNECT"}, {4, "SYS_LISTEN"}, {5, "SYS_ACCEPT"}, {6, "SYS_GETSOCKNAME"},
		{7, "SYS_GETPEERNAME"}, {8, "SYS_SOCKETPAIR"}, {9, "SYS_SEND"}, {10, "SYS_RECV"}, {11, "SYS_SENDTO"},
		{12, "SYS_RECVFROM"}, {13, "SYS_SHUTDOWN"}, {14, "SYS_SETSOCKOPT"}, {15, "SYS_GETSOCKOPT"}, {16, "SYS_SENDMSG"},
		{17, "SYS_RECVMSG"}, {18, "SYS_ACCEPT4"}, {19, "SYS_RECVMMSG"}, {20, "SYS_SENDMMSG"},
	},
}
