package syscalls

import "golang.org/x/sys/unix"

// capBits are sets of capabilities, in the names' order (linux/capability.h).
var capBits = &Symbols{Flags: []Symbol{
	{1 << unix.CAP_CHOWN, "CAP_CHOWN"}, {1 << unix.CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
	{1 << unix.CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"}, {1 << unix.CAP_FOWNER, "CAP_FOWNER"},
	{1 << unix.CAP_FSETID, "CAP_FSETID"}, {1 << unix.CAP_KILL, "CAP_KILL"}, {1 << unix.CAP_SETGID, "CAP_SETGID"},
	{1 << unix.CAP_SETUID, "CAP_SETUID"}, {1 << unix.CAP_SETPCAP, "CAP_SETPCAP"},
	{1 << unix.CAP_LINUX_IMMUTABLE, "CAP_LINUX_IMMUTABLE"}, {1 << unix.CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE"},
	{1 << unix.CAP_NET_BROADCAST, "CAP_NET_BROADCAST"}, {1 << unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"},
	{1 << unix.CAP_NET_RAW, "CAP_NET_RAW"}, {1 << unix.CAP_IPC_LOCK, "CAP_IPC_LOCK"},
	{1 << unix.CAP_IPC_OWNER, "CAP_IPC_OWNER"}, {1 << unix.CAP_SYS_MODULE, "CAP_SYS_MODULE"},
	{1 << unix.CAP_SYS_RAWIO, "CAP_SYS_RAWIO"}, {1 << unix.CAP_SYS_CHROOT, "CAP_SYS_CHROOT"},
	{1 << unix.CAP_SYS_PTRACE, "CAP_SYS_PTRACE"}, {1 << unix.CAP_SYS_PACCT, "CAP_SYS_PACCT"},
	{1 << unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {1 << unix.CAP_SYS_BOOT, "CAP_SYS_BOOT"},
	{1 << unix.CAP_SYS_NICE, "CAP_SYS_NICE"}, {1 << unix.CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE"},
	{1 << unix.CAP_SYS_TIME, "CAP_SYS_TIME"}, {1 << unix.CAP_SYS_TTY_CONFIG, "CAP_SYS_TTY_CONFIG"},
	{1 << unix.CAP_MKNOD, "CAP_MKNOD"}, {1 << unix.CAP_LEASE, "CAP_LEASE"}, {1 << unix.CAP_AUDIT_WRITE, "CAP_AUDIT_WRITE"},
	{1 << unix.CAP_AUDIT_CONTROL, "CAP_AUDIT_CONTROL"}, {1 << unix.CAP_SETFCAP, "CAP_SETFCAP"},
	{1 << unix.CAP_MAC_OVERRIDE, "CAP_MAC_OVERRIDE"}, {1 << unix.CAP_MAC_ADMIN, "CAP_MAC_ADMIN"},
	{1 << unix.CAP_SYSLOG, "CAP_SYSLOG"}, {1 << unix.CAP_WAKE_ALARM, "CAP_WAKE_ALARM"},
	{1 << unix.CAP_BLOCK_SUSPEND, "CAP_BLOCK_SUSPEND"}, {1 << unix.CAP_AUDIT_READ, "CAP_AUDIT_READ"},
	{1 << unix.CAP_PERFMON, "CAP_PERFMON"}, {1 << unix.CAP_BPF, "CAP_BPF"},
	{1 << unix.CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE"},
}}
