package decode

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// testCase is one call and what its event must say. The same cases are decoded
// from fake memory on every ABI, and from a real child that makes the call.
type testCase struct {
	name  string // the kernel's name of the call
	abis  []syscalls.ABI
	args  []value
	event int               // which of the call's events
	want  map[string]string // fields as alerts show them; $D is the working directory
}

// Descriptors of the target.
const (
	dirFD    = 200 // $D
	socketFD = 201 // a TCP socket, neither bound nor connected
)

const atCWD = unix.AT_FDCWD

var (
	onlyI386  = []syscalls.ABI{syscalls.I386}
	onlyARM64 = []syscalls.ABI{syscalls.ARM64}
	onX86     = []syscalls.ABI{syscalls.AMD64, syscalls.I386}
	anyABI    = []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64}
)

type fields = map[string]string

func allCases() []testCase {
	var all []testCase
	for _, family := range [][]testCase{openCases, fileCases, ownerCases, execCases, socketCases, socketcallCases, systemCases, processCases} {
		all = append(all, family...)
	}
	return all
}

var openCases = []testCase{
	{name: "open", args: []value{str("/etc/passwd"), num(unix.O_RDWR | unix.O_CREAT), num(0o640)}, want: fields{
		"evt.type": "open", "evt.arg.name": "/etc/passwd", "evt.arg.flags": "O_RDWR|O_CREAT", "evt.arg.mode": "0640",
		"evt.rawarg.flags": "66", "evt.rawarg.mode": "416", "fd.name": "/etc/passwd", "fd.directory": "/etc", "fd.filename": "passwd",
		"fd.nameraw": "/etc/passwd", "evt.is_open_read": "true", "evt.is_open_write": "true", "evt.is_open_create": "true",
		"fs.path.name": "/etc/passwd", "fs.path.source": "<NA>", "fd.type": "file", "fd.typechar": "f", "evt.is_open_exec": "false",
		"evt.args": "name=/etc/passwd flags=O_RDWR|O_CREAT mode=0640",
	}},
	{name: "openat", args: []value{neg(atCWD), str("sub/../f"), num(unix.O_WRONLY | unix.O_TRUNC), num(0)}, want: fields{
		"evt.type": "openat", "evt.arg.dirfd": "AT_FDCWD", "evt.rawarg.dirfd": "-100", "evt.arg.name": "sub/../f",
		"evt.arg.flags": "O_WRONLY|O_TRUNC", "evt.arg.mode": "0", "fd.name": "$D/f", "fd.nameraw": "sub/../f", "fd.filename": "f",
		"evt.is_open_read": "false", "evt.is_open_write": "true", "evt.is_open_create": "false", "fd.num": "<NA>",
	}},
	{name: "openat", abis: onX86, args: []value{num(dirFD), str("link"), num(0x20000)}, want: fields{
		"evt.arg.dirfd": "200", "evt.arg.flags": "O_RDONLY|O_NOFOLLOW", "fd.name": "$D/link", "evt.is_open_read": "true",
	}},
	{name: "openat", abis: onlyARM64, args: []value{num(dirFD), str("link"), num(0x8000)}, want: fields{
		"evt.arg.flags": "O_RDONLY|O_NOFOLLOW", "fd.name": "$D/link",
	}},
	{name: "openat", args: []value{num(dirFD), str("link"), num(unix.O_CREAT | unix.O_EXCL)}, want: fields{"fd.name": "$D/link"}},
	{name: "openat", args: []value{num(dirFD), str("new"), num(unix.O_CREAT), num(0o010)}, want: fields{"evt.is_open_exec": "true", "evt.is_open_write": "false"}},
	{name: "openat", args: []value{num(dirFD), str("file"), num(0), num(0o777)}, want: fields{"evt.is_open_exec": "false"}}, // nothing is created
	{name: "openat", abis: onX86, args: []value{num(dirFD), str("sub"), num(0x10000)}, want: fields{"fd.type": "directory", "fd.typechar": "d"}},
	{name: "openat", abis: onX86, args: []value{num(dirFD), str("sub"), num(0x410002), num(0o700)}, want: fields{"fd.type": "file", "evt.is_open_exec": "true"}}, // O_TMPFILE
	{name: "openat", abis: onlyARM64, args: []value{num(dirFD), str("sub"), num(0x4000)}, want: fields{"fd.type": "directory"}},
	{name: "openat", args: []value{num(dirFD), str("link"), num(0)}, want: fields{"fd.name": "$D/file"}},
	{name: "openat2", args: []value{num(dirFD), str("file"), words64(unix.O_RDWR|unix.O_APPEND, 0o600, unix.RESOLVE_NO_SYMLINKS), num(24)}, want: fields{
		"evt.type": "openat2", "evt.arg.flags": "O_RDWR|O_APPEND", "evt.rawarg.mode": "384", "evt.arg.resolve": "RESOLVE_NO_SYMLINKS",
		"evt.rawarg.size": "24", "fd.name": "$D/file", "evt.is_open_write": "true", "evt.is_open_exec": "false", "fd.type": "file",
	}},
	{name: "openat2", args: []value{num(dirFD), str("new"), words64(unix.O_CREAT, 0o100, 0), num(24)}, want: fields{
		"evt.is_open_exec": "true", "evt.args": "dirfd=200 name=new how=0x20000018 size=24 flags=O_RDONLY|O_CREAT mode=64 resolve=0",
	}},
	{name: "openat2", args: []value{num(dirFD), str("/../file"), words64(unix.O_RDONLY, 0, unix.RESOLVE_IN_ROOT, 0), num(32)}, want: fields{
		"fd.name": "$D/file", "fd.nameraw": "/../file", "evt.is_open_read": "true",
	}},
	{name: "creat", args: []value{str("new"), num(0o701)}, want: fields{"evt.is_open_exec": "true", "fd.type": "file"}},
	{name: "creat", args: []value{str("new"), num(0o600)}, want: fields{
		"evt.is_open_exec": "false",
		"evt.type":         "creat", "evt.arg.mode": "0600", "evt.is_open_write": "true", "evt.is_open_create": "true", "fd.name": "$D/new",
	}},
	{name: "open_by_handle_at", args: []value{num(dirFD), num(imageBase), num(unix.O_RDWR)}, want: fields{
		"evt.arg.mountfd": "200", "evt.arg.handle": "0x20000000", "evt.arg.flags": "O_RDWR", "evt.is_open_write": "true",
	}},
}

var fileCases = []testCase{
	{name: "symlink", args: []value{str("../etc/shadow"), str("l")}, want: fields{
		"evt.arg.target": "../etc/shadow", "evt.arg.linkpath": "l", "fd.name": "$D/l", "fs.path.source": "../etc/shadow",
		"fs.path.target": "$D/l", "fs.path.targetraw": "l", "fs.path.name": "<NA>",
	}},
	{name: "symlinkat", args: []value{str("/etc/shadow"), num(dirFD), str("link")}, want: fields{
		"evt.arg.target": "/etc/shadow", "evt.arg.linkdirfd": "200", "fd.name": "$D/link", "fs.path.sourceraw": "/etc/shadow",
	}},
	{name: "link", args: []value{str("link"), str("/tmp/x")}, want: fields{
		"evt.arg.oldpath": "link", "evt.arg.newpath": "/tmp/x", "fs.path.source": "$D/link", "fs.path.target": "/tmp/x",
	}},
	{name: "linkat", args: []value{num(dirFD), str("link"), neg(atCWD), str("n"), num(unix.AT_SYMLINK_FOLLOW)}, want: fields{
		"evt.arg.olddir": "200", "evt.arg.newdir": "AT_FDCWD", "evt.arg.flags": "AT_SYMLINK_FOLLOW", "fs.path.source": "$D/file",
		"fs.path.target": "$D/n",
	}},
	{name: "linkat", args: []value{num(dirFD), str(""), neg(atCWD), str("n"), num(unix.AT_EMPTY_PATH)}, want: fields{
		"evt.arg.flags": "AT_EMPTY_PATH", "fs.path.source": "$D", "fs.path.target": "$D/n",
	}},
	{name: "rename", args: []value{str("link"), str("b")}, want: fields{
		"evt.type": "rename", "fs.path.source": "$D/link", "fs.path.target": "$D/b", "fs.path.sourceraw": "link", "fd.name": "$D/b",
	}},
	{name: "renameat", args: []value{num(dirFD), str("a"), num(dirFD), str("b")}, want: fields{
		"evt.arg.olddirfd": "200", "evt.arg.newpath": "b", "fs.path.source": "$D/a",
	}},
	{name: "renameat2", args: []value{num(dirFD), str("a"), neg(atCWD), str("/b"), num(2)}, want: fields{
		"evt.arg.flags": "RENAME_EXCHANGE", "fs.path.source": "$D/a", "fs.path.target": "/b",
	}},
	{name: "unlink", args: []value{str("link")}, want: fields{"evt.arg.path": "link", "fd.name": "$D/link", "fs.path.name": "$D/link"}},
	{name: "unlinkat", args: []value{num(dirFD), str("d"), num(unix.AT_REMOVEDIR)}, want: fields{
		"evt.arg.name": "d", "evt.arg.flags": "AT_REMOVEDIR", "fd.name": "$D/d",
	}},
	{name: "rmdir", args: []value{str("/x/y/")}, want: fields{"fd.nameraw": "/x/y/"}},
	{name: "mkdir", args: []value{str("d"), num(0o755)}, want: fields{"evt.arg.mode": "0755", "evt.rawarg.mode": "493", "fd.name": "$D/d"}},
	{name: "mkdirat", args: []value{num(dirFD), str("d"), num(0o1777)}, want: fields{"evt.arg.mode": "01777", "fd.name": "$D/d"}},
	{name: "mknod", args: []value{str("n"), num(unix.S_IFCHR | 0o600), num(0x103)}, want: fields{
		"evt.arg.mode": "S_IFCHR|S_IRUSR|S_IWUSR", "evt.rawarg.dev": "259", "fd.name": "$D/n",
	}},
	{name: "mknodat", args: []value{num(dirFD), str("n"), num(unix.S_IFIFO), num(0)}, want: fields{"evt.arg.mode": "S_IFIFO"}},
	{name: "truncate", args: []value{str("file"), num(5)}, want: fields{"evt.arg.length": "5", "fd.name": "$D/file"}},
	{name: "ftruncate", args: []value{num(dirFD), num(7)}, want: fields{"evt.rawarg.length": "7", "fd.num": "200", "fd.name": "$D", "fd.type": "directory"}},
	{name: "truncate64", abis: onlyI386, args: []value{str("file"), num(1), num(2)}, want: fields{
		"evt.type": "truncate", "evt.arg.length": "8589934593", "evt.rawarg.length_high": "2",
	}},
	{name: "ftruncate64", abis: onlyI386, args: []value{num(dirFD), num(9), num(0)}, want: fields{"evt.type": "ftruncate", "evt.arg.length": "9"}},
	{name: "chdir", args: []value{str("sub")}, want: fields{"evt.arg.path": "sub", "fd.name": "$D/sub"}},
	{name: "fchdir", args: []value{num(dirFD)}, want: fields{"fd.num": "200", "fd.name": "$D"}},
	{name: "chroot", args: []value{str("sub")}, want: fields{"evt.type": "chroot", "fd.name": "$D/sub"}},
	{name: "name_to_handle_at", args: []value{num(dirFD), str("link"), num(0), num(0), num(0)}, want: fields{"fd.name": "$D/link"}},
	{name: "memfd_create", args: []value{str("payload"), num(1)}, want: fields{"evt.arg.name": "payload", "evt.arg.flags": "MFD_CLOEXEC"}},
	{name: "dup", args: []value{num(dirFD)}, want: fields{"evt.arg.oldfd": "200", "fd.num": "200", "fd.type": "directory"}},
	{name: "dup2", args: []value{num(socketFD), num(0)}, want: fields{
		"evt.arg.oldfd": "201", "evt.rawarg.newfd": "0", "fd.num": "201", "fd.type": "ipv4", "fd.l4proto": "tcp",
	}},
	{name: "dup3", args: []value{num(socketFD), num(1), num(unix.O_CLOEXEC)}, want: fields{"evt.arg.newfd": "1", "evt.arg.flags": "O_CLOEXEC"}},
	{name: "userfaultfd", args: []value{num(unix.O_CLOEXEC | 1)}, want: fields{"evt.arg.flags": "UFFD_USER_MODE_ONLY|O_CLOEXEC"}},
}

var ownerCases = []testCase{
	{name: "chmod", args: []value{str("file"), num(0o4711)}, want: fields{
		"evt.arg.filename": "file", "evt.arg.mode": "S_ISUID|S_IRUSR|S_IWUSR|S_IXUSR|S_IXGRP|S_IXOTH", "fd.name": "$D/file",
	}},
	{name: "fchmod", args: []value{num(dirFD), num(0o2000)}, want: fields{"evt.arg.fd": "200", "evt.arg.mode": "S_ISGID", "fd.name": "$D"}},
	{name: "fchmodat", args: []value{num(dirFD), str("link"), num(0)}, want: fields{"evt.arg.mode": "0", "fd.name": "$D/file"}},
	{name: "fchmodat2", args: []value{num(dirFD), str("link"), num(0o400), num(unix.AT_SYMLINK_NOFOLLOW)}, want: fields{
		"evt.arg.mode": "S_IRUSR", "evt.arg.flags": "AT_SYMLINK_NOFOLLOW", "fd.name": "$D/link",
	}},
	{name: "chown", args: []value{str("link"), num(0), num(5)}, want: fields{"evt.type": "chown", "evt.arg.uid": "0", "evt.rawarg.gid": "5", "evt.args": "path=link uid=0 gid=5", "fd.name": "$D/file"}},
	{name: "lchown", args: []value{str("link"), num(1), num(2)}, want: fields{"evt.type": "lchown", "fd.name": "$D/link"}},
	{name: "fchown", args: []value{num(dirFD), num(0xffffffff), num(3)}, want: fields{"evt.rawarg.uid": "4294967295", "fd.num": "200"}},
	{name: "chown32", abis: onlyI386, args: []value{str("file"), num(70000), num(0xffffffff)}, want: fields{
		"evt.type": "chown", "evt.rawarg.uid": "70000", "evt.arg.gid": "4294967295",
	}},
	{name: "lchown32", abis: onlyI386, args: []value{str("link"), num(70000), num(1)}, want: fields{"evt.type": "lchown", "fd.name": "$D/link"}},
	{name: "fchown32", abis: onlyI386, args: []value{num(dirFD), num(70000), num(1)}, want: fields{"evt.type": "fchown", "evt.arg.uid": "70000"}},
	{name: "fchownat", args: []value{num(dirFD), str(""), num(1), num(2), num(unix.AT_EMPTY_PATH)}, want: fields{
		"evt.arg.pathname": "<NA>", "fd.name": "$D", "evt.arg.flags": "AT_EMPTY_PATH",
	}},
	{name: "setuid", args: []value{num(0)}, want: fields{"evt.arg.uid": "0", "evt.rawarg.uid": "0"}},
	{name: "setgid", args: []value{num(65535)}, abis: onlyI386, want: fields{"evt.rawarg.gid": "4294967295"}},
	{name: "setuid32", abis: onlyI386, args: []value{num(65535)}, want: fields{"evt.type": "setuid", "evt.rawarg.uid": "65535"}},
	{name: "setreuid", args: []value{num(1), num(2)}, want: fields{"evt.arg.ruid": "1", "evt.arg.euid": "2"}},
	{name: "setregid", args: []value{num(1), num(2)}, want: fields{"evt.arg.rgid": "1", "evt.arg.egid": "2"}},
	{name: "setresuid", args: []value{num(1), num(2), num(0xffffffff)}, want: fields{"evt.rawarg.suid": "4294967295"}},
	{name: "setresgid", args: []value{num(1), num(2), num(3)}, want: fields{"evt.arg.sgid": "3"}},
	{name: "setfsuid", args: []value{num(4)}, want: fields{"evt.arg.fsuid": "4"}},
	{name: "setfsgid", args: []value{num(4)}, want: fields{"evt.arg.fsgid": "4"}},
	{name: "setgroups", args: []value{num(0), num(0)}, want: fields{"evt.arg.size": "0", "evt.arg.list": "NULL"}},
	{name: "capset", args: []value{words32(num(capVersion3), num(0)), words32(num(1<<21), num(1<<21|1), num(0), num(1<<7), num(0), num(0))}, want: fields{
		"evt.arg.cap_effective": "CAP_SYS_ADMIN|CAP_BPF", "evt.arg.cap_permitted": "CAP_CHOWN|CAP_SYS_ADMIN", "evt.rawarg.cap_inheritable": "0",
	}},
	{name: "capset", args: []value{words32(num(capVersion1), num(0)), words32(num(1), num(2), num(4))}, want: fields{
		"evt.arg.cap_effective": "CAP_CHOWN", "evt.rawarg.cap_permitted": "2", "evt.arg.cap_inheritable": "CAP_DAC_READ_SEARCH",
	}},
}
