package syscalls

import "golang.org/x/sys/unix"

// accessMode is the part of open's flags that is a value, not a set.
var accessMode = []Symbol{{unix.O_RDONLY, "O_RDONLY"}, {unix.O_WRONLY, "O_WRONLY"}, {unix.O_RDWR, "O_RDWR"}, {3, "O_ACCMODE"}}

// The values of four flags, and of O_TMPFILE that contains one of them, are the
// architecture's own: arm64 has its own asm/fcntl.h. Literals, because a filter
// and its tests are built on any machine.
var (
	openFlagsX86   = openFlags(0x4000, 0x8000, 0x10000, 0x20000)
	openFlagsARM64 = openFlags(0x10000, 0x20000, 0x4000, 0x8000)
)

func openFlags(direct, largefile, directory, nofollow uint64) *Symbols {
	return &Symbols{Mask: 3, Enum: accessMode, Flags: []Symbol{
		{0x400000 | directory, "O_TMPFILE"}, {0x101000, "O_SYNC"},
		{0x40, "O_CREAT"}, {0x80, "O_EXCL"}, {0x100, "O_NOCTTY"}, {0x200, "O_TRUNC"}, {0x400, "O_APPEND"}, {0x800, "O_NONBLOCK"},
		{0x1000, "O_DSYNC"}, {0x2000, "O_ASYNC"}, {direct, "O_DIRECT"}, {largefile, "O_LARGEFILE"}, {directory, "O_DIRECTORY"},
		{nofollow, "O_NOFOLLOW"}, {0x40000, "O_NOATIME"}, {0x80000, "O_CLOEXEC"}, {0x200000, "O_PATH"},
	}}
}

// resolveFlags are open_how.resolve of openat2.
var resolveFlags = &Symbols{
	Flags: []Symbol{
		{unix.RESOLVE_NO_XDEV, "RESOLVE_NO_XDEV"}, {unix.RESOLVE_NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS"},
		{unix.RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS"}, {unix.RESOLVE_BENEATH, "RESOLVE_BENEATH"},
		{unix.RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT"}, {0x20, "RESOLVE_CACHED"},
	},
}

// fdFlags are those of dup3.
var fdFlags = &Symbols{
	Flags: []Symbol{
		{unix.O_CLOEXEC, "O_CLOEXEC"},
	},
}
