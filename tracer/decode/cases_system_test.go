package decode

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

var systemCases = []testCase{
	{name: "setns", args: []value{num(dirFD), num(unix.CLONE_NEWNET)}, want: fields{
		"evt.type": "setns", "evt.arg.fd": "200", "evt.arg.nstype": "CLONE_NEWNET", "evt.rawarg.nstype": "1073741824", "fd.num": "200",
	}},
	{name: "unshare", args: []value{num(unix.CLONE_NEWUSER | unix.CLONE_NEWTIME)}, want: fields{"evt.arg.flags": "CLONE_NEWUSER|CLONE_NEWTIME"}},
	{name: "clone", abis: []syscalls.ABI{syscalls.AMD64}, args: []value{num(unix.CLONE_NEWNS | 17), num(0), num(0), num(0x10), num(0x20)}, want: fields{
		"evt.arg.flags": "SIGCHLD|CLONE_NEWNS", "evt.rawarg.child_tid": "16", "evt.rawarg.tls": "32",
	}},
	{name: "clone", abis: []syscalls.ABI{syscalls.I386, syscalls.ARM64}, args: []value{num(unix.CLONE_NEWNS | 17), num(0), num(0), num(0x20), num(0x10)}, want: fields{
		"evt.arg.flags": "SIGCHLD|CLONE_NEWNS", "evt.rawarg.child_tid": "16", "evt.rawarg.tls": "32",
	}},
	{name: "clone3", args: []value{words64(unix.CLONE_NEWPID, 0, 0, 0, 17, 0, 0, 0), num(64)}, want: fields{
		"evt.type": "clone3", "evt.arg.flags": "CLONE_NEWPID", "evt.rawarg.size": "64",
	}},
	{name: "mount", args: []value{str("/link"), str("sub"), num(0), num(unix.MS_BIND | unix.MS_REC), num(0)}, want: fields{
		"evt.arg.dev": "/link", "evt.arg.dir": "sub", "evt.arg.flags": "MS_BIND|MS_REC", "fs.path.source": "/link", "fs.path.target": "$D/sub",
		"fd.name": "$D/sub",
	}},
	{name: "mount", args: []value{str("file"), str("sub"), num(0), num(unix.MS_BIND), num(0)}, want: fields{"fs.path.source": "$D/file"}},
	{name: "mount", args: []value{str("tmpfs"), str("sub"), str("tmpfs"), num(0), num(0)}, want: fields{
		"evt.arg.type": "tmpfs", "fs.path.source": "tmpfs", "fs.path.sourceraw": "tmpfs",
	}},
	{name: "mount", args: []value{num(0), str("sub"), str("proc"), num(0), num(0)}, want: fields{"evt.arg.dev": "<NA>", "evt.arg.type": "proc", "fs.path.source": "<NA>"}},
	{name: "umount", abis: onlyI386, args: []value{str("sub")}, want: fields{"evt.type": "umount", "evt.arg.name": "sub", "fd.name": "$D/sub"}},
	{name: "umount2", args: []value{str("link"), num(unix.MNT_DETACH | unix.UMOUNT_NOFOLLOW)}, want: fields{
		"evt.type": "umount2", "evt.arg.flags": "MNT_DETACH|UMOUNT_NOFOLLOW", "fd.name": "$D/link",
	}},
	{name: "pivot_root", args: []value{str("sub"), str("/old")}, want: fields{"evt.arg.new_root": "sub", "evt.arg.put_old": "/old", "fs.path.source": "$D/sub"}},
	{name: "move_mount", args: []value{num(dirFD), str(""), neg(atCWD), str("link"), num(unix.MOVE_MOUNT_F_EMPTY_PATH | unix.MOVE_MOUNT_T_SYMLINKS)}, want: fields{
		"evt.arg.flags": "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_SYMLINKS", "fs.path.source": "$D", "fs.path.target": "$D/file",
	}},
	{name: "open_tree", args: []value{num(dirFD), str("sub"), num(unix.OPEN_TREE_CLONE | unix.AT_RECURSIVE)}, want: fields{
		"evt.arg.flags": "OPEN_TREE_CLONE|AT_RECURSIVE", "fd.name": "$D/sub",
	}},
	{name: "fsopen", args: []value{str("ext4"), num(1)}, want: fields{"evt.arg.fsname": "ext4", "evt.arg.flags": "FSOPEN_CLOEXEC"}},
	{name: "fsconfig", args: []value{num(dirFD), num(unix.FSCONFIG_SET_STRING), str("source"), str("/dev/sda"), num(0)}, want: fields{
		"evt.arg.cmd": "FSCONFIG_SET_STRING", "evt.arg.key": "source", "evt.arg.value_charbuf": "/dev/sda",
	}},
	{name: "fsconfig", args: []value{num(dirFD), num(unix.FSCONFIG_CMD_CREATE), num(0), num(0), num(0)}, want: fields{"evt.arg.value_charbuf": "<NA>", "evt.arg.key": "<NA>"}},
	{name: "fsmount", args: []value{num(dirFD), num(1), num(unix.MOUNT_ATTR_RDONLY)}, want: fields{"evt.arg.flags": "FSMOUNT_CLOEXEC", "evt.arg.attr_flags": "MOUNT_ATTR_RDONLY"}},
	{name: "mount_setattr", args: []value{num(dirFD), str("sub"), num(unix.AT_RECURSIVE), num(imageBase), num(32)}, want: fields{"evt.arg.flags": "AT_RECURSIVE", "fd.name": "$D/sub"}},
	{name: "init_module", args: []value{num(imageBase), num(4), str("debug=1")}, want: fields{"evt.arg.length": "4", "evt.arg.uargs": "debug=1"}},
	{name: "finit_module", args: []value{num(dirFD), str(""), num(2)}, want: fields{"evt.arg.flags": "MODULE_INIT_IGNORE_VERMAGIC", "fd.name": "$D"}},
	{name: "delete_module", args: []value{str("loop"), num(unix.O_NONBLOCK)}, want: fields{"evt.arg.name": "loop", "evt.arg.flags": "O_NONBLOCK"}},
	{name: "kexec_load", args: []value{num(0), num(0), num(0), num(1)}, want: fields{"evt.arg.flags": "KEXEC_ON_CRASH"}},
	{name: "kexec_file_load", args: []value{num(dirFD), neg(-1), num(2), str("x"), num(2)}, want: fields{"evt.arg.cmdline": "x", "evt.rawarg.initrd_fd": "-1"}},
	{name: "bpf", args: []value{num(5), num(0), num(0)}, want: fields{"evt.arg.cmd": "BPF_PROG_LOAD", "evt.rawarg.cmd": "5"}},
	{name: "io_uring_setup", args: []value{num(8), num(0)}, want: fields{"evt.arg.entries": "8"}},
	{name: "io_uring_enter", args: []value{num(dirFD), num(1), num(1), num(1), num(0), num(0)}, want: fields{"evt.arg.flags": "IORING_ENTER_GETEVENTS"}},
	{name: "io_uring_register", args: []value{num(dirFD), num(2), num(0), num(0)}, want: fields{"evt.arg.opcode": "IORING_REGISTER_FILES"}},
	{name: "syslog", args: []value{num(3), num(0), num(0)}, want: fields{"evt.arg.type": "SYSLOG_ACTION_READ_ALL"}},
	{name: "iopl", args: []value{num(3)}, want: fields{"evt.arg.level": "3"}},
	{name: "ioperm", args: []value{num(0x80), num(1), num(1)}, want: fields{"evt.arg.from": "128", "evt.arg.turn_on": "1"}},
	{name: "sethostname", args: []value{raw([]byte("evilXX")), num(4)}, want: fields{"evt.arg.name": "evil"}},
	{name: "setdomainname", args: []value{raw([]byte("dom")), num(3)}, want: fields{"evt.arg.name": "dom"}},
	{name: "settimeofday", args: []value{num(0), num(0)}, want: fields{"evt.type": "settimeofday"}},
	{name: "clock_settime", args: []value{num(0), num(0)}, want: fields{"evt.arg.clockid": "CLOCK_REALTIME"}},
	{name: "clock_settime64", abis: onlyI386, args: []value{num(0), num(0)}, want: fields{"evt.type": "clock_settime"}},
	{name: "adjtimex", args: []value{num(0)}, want: fields{"evt.arg.buf": "NULL"}},
	{name: "clock_adjtime", args: []value{num(0), num(0)}, want: fields{"evt.arg.clockid": "CLOCK_REALTIME"}},
	{name: "clock_adjtime64", abis: onlyI386, args: []value{num(0), num(0)}, want: fields{"evt.type": "clock_adjtime"}},
	{name: "reboot", args: []value{num(1), num(2), num(unix.LINUX_REBOOT_CMD_RESTART), num(0)}, want: fields{"evt.arg.cmd": "LINUX_REBOOT_CMD_RESTART", "evt.rawarg.magic": "1"}},
	{name: "swapon", args: []value{str("file"), num(0x8005)}, want: fields{"evt.arg.flags": "0x5|SWAP_FLAG_PREFER", "fd.name": "$D/file"}},
	{name: "swapoff", args: []value{str("file")}, want: fields{"fd.name": "$D/file"}},
	{name: "acct", args: []value{num(0)}, want: fields{"evt.arg.filename": "<NA>", "fd.name": "<NA>"}},
}

var processCases = []testCase{
	{name: "ptrace", args: []value{num(unix.PTRACE_ATTACH), num(1), num(0), num(0)}, want: fields{"evt.arg.request": "PTRACE_ATTACH", "evt.rawarg.pid": "1"}},
	{name: "process_vm_readv", args: []value{num(1), num(0), num(0), num(0), num(0), num(0)}, want: fields{"evt.arg.pid": "1"}},
	{name: "process_vm_writev", args: []value{num(1), num(0), num(1), num(0), num(2), num(0)}, want: fields{"evt.arg.liovcnt": "1", "evt.arg.riovcnt": "2"}},
	{name: "pidfd_open", args: []value{num(1), num(0x80)}, want: fields{"evt.arg.flags": "PIDFD_THREAD"}},
	{name: "pidfd_getfd", args: []value{num(dirFD), num(3), num(0)}, want: fields{"evt.arg.pid_fd": "200", "evt.arg.target_fd": "3", "fd.num": "200"}},
	{name: "perf_event_open", args: []value{num(imageBase), num(0), neg(-1), neg(-1), num(8)}, want: fields{"evt.rawarg.cpu": "-1", "evt.arg.flags": "PERF_FLAG_FD_CLOEXEC", "fd.num": "<NA>"}},
	{name: "kill", args: []value{neg(-1), num(9)}, want: fields{"evt.arg.pid": "-1", "evt.arg.sig": "SIGKILL"}},
	{name: "tkill", args: []value{num(7), num(0)}, want: fields{"evt.arg.tid": "7", "evt.arg.sig": "0"}},
	{name: "tgkill", args: []value{num(7), num(8), num(34)}, want: fields{"evt.arg.pid": "7", "evt.arg.sig": "34"}},
	{name: "rt_sigqueueinfo", args: []value{num(7), num(15), num(0)}, want: fields{"evt.arg.sig": "SIGTERM"}},
	{name: "rt_tgsigqueueinfo", args: []value{num(7), num(8), num(15), num(0)}, want: fields{"evt.arg.tid": "8"}},
	{name: "pidfd_send_signal", args: []value{num(dirFD), num(19), num(0), num(0)}, want: fields{"evt.arg.sig": "SIGSTOP", "fd.num": "200"}},
	{name: "prctl", args: []value{num(unix.PR_SET_NAME), str("kworker/0:1-longer"), num(0), num(0), num(0)}, want: fields{"evt.arg.option": "PR_SET_NAME", "evt.arg.arg2_str": "kworker/0:1-lon"}},
	{name: "prctl", args: []value{num(unix.PR_CAPBSET_DROP), num(21), num(0), num(0), num(0)}, want: fields{"evt.arg.arg2_int": "21", "evt.arg.arg2_str": "<NA>"}},
	{name: "seccomp", args: []value{num(1), num(8), num(0)}, want: fields{"evt.arg.op": "SECCOMP_SET_MODE_FILTER", "evt.arg.flags": "SECCOMP_FILTER_FLAG_NEW_LISTENER"}},
	{name: "personality", args: []value{num(0x40000)}, want: fields{"evt.arg.persona": "ADDR_NO_RANDOMIZE"}},
	{name: "prlimit64", args: []value{num(0), num(7), num(0), num(0)}, want: fields{"evt.type": "prlimit", "evt.arg.resource": "RLIMIT_NOFILE"}},
	{name: "setpgid", args: []value{num(0), num(5)}, want: fields{"evt.arg.pgid": "5"}},
	{name: "setsid", want: fields{"evt.type": "setsid"}},
	{name: "add_key", args: []value{str("user"), str("k"), num(imageBase), num(1), neg(-3)}, want: fields{"evt.arg.type": "user", "evt.arg.description": "k", "evt.arg.keyring": "KEY_SPEC_SESSION_KEYRING"}},
	{name: "request_key", args: []value{str("user"), str("k"), num(0), num(0)}, want: fields{"evt.arg.description": "k", "evt.arg.callout_info": "<NA>"}},
	{name: "keyctl", args: []value{num(11), num(5), num(0), num(0), num(0)}, want: fields{"evt.arg.option": "KEYCTL_READ", "evt.arg.arg2": "5"}},
}
