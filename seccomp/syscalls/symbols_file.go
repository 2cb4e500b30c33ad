package syscalls

import "golang.org/x/sys/unix"

// atFlags are common to the calls that end in "at"; bit 0x200 means something
// else in each of them.
var atFlags = &Symbols{
	Flags: []Symbol{
		{unix.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"}, {unix.AT_SYMLINK_FOLLOW, "AT_SYMLINK_FOLLOW"},
		{unix.AT_NO_AUTOMOUNT, "AT_NO_AUTOMOUNT"}, {unix.AT_EMPTY_PATH, "AT_EMPTY_PATH"},
		{unix.AT_RECURSIVE, "AT_RECURSIVE"}, {0x10000, "AT_EXECVE_CHECK"},
	},
}

// unlinkFlags are those of unlinkat.
var unlinkFlags = &Symbols{
	Flags: []Symbol{
		{unix.AT_REMOVEDIR, "AT_REMOVEDIR"},
	},
}

// renameFlags are those of renameat2.
var renameFlags = &Symbols{
	Flags: []Symbol{
		{unix.RENAME_NOREPLACE, "RENAME_NOREPLACE"}, {unix.RENAME_EXCHANGE, "RENAME_EXCHANGE"},
		{unix.RENAME_WHITEOUT, "RENAME_WHITEOUT"},
	},
}

// memfdFlags are those of memfd_create; bits 26 to 31 hold the log2 of the page size.
var memfdFlags = &Symbols{
	Flags: []Symbol{
		{unix.MFD_CLOEXEC, "MFD_CLOEXEC"}, {unix.MFD_ALLOW_SEALING, "MFD_ALLOW_SEALING"}, {unix.MFD_HUGETLB, "MFD_HUGETLB"},
		{0x8, "MFD_NOEXEC_SEAL"}, {0x10, "MFD_EXEC"},
	},
}

// userfaultFlags are those of userfaultfd.
var userfaultFlags = &Symbols{
	Flags: []Symbol{
		{1, "UFFD_USER_MODE_ONLY"}, {unix.O_NONBLOCK, "O_NONBLOCK"}, {unix.O_CLOEXEC, "O_CLOEXEC"},
	},
}

// swapFlags are those of swapon; the low 15 bits hold a priority.
var swapFlags = &Symbols{
	Mask: 0x7fff,
	Flags: []Symbol{
		{0x8000, "SWAP_FLAG_PREFER"}, {0x10000, "SWAP_FLAG_DISCARD"}, {0x20000, "SWAP_FLAG_DISCARD_ONCE"},
		{0x40000, "SWAP_FLAG_DISCARD_PAGES"},
	},
}

// modeBits are umode_t: the type of a file and its permissions.
var modeBits = &Symbols{
	Mask: unix.S_IFMT,
	Enum: []Symbol{
		{unix.S_IFREG, "S_IFREG"}, {unix.S_IFDIR, "S_IFDIR"}, {unix.S_IFCHR, "S_IFCHR"}, {unix.S_IFBLK, "S_IFBLK"},
		{unix.S_IFIFO, "S_IFIFO"}, {unix.S_IFLNK, "S_IFLNK"}, {unix.S_IFSOCK, "S_IFSOCK"},
	},
	Flags: []Symbol{
		{unix.S_ISUID, "S_ISUID"}, {unix.S_ISGID, "S_ISGID"}, {unix.S_ISVTX, "S_ISVTX"}, {unix.S_IRUSR, "S_IRUSR"},
		{unix.S_IWUSR, "S_IWUSR"}, {unix.S_IXUSR, "S_IXUSR"}, {unix.S_IRGRP, "S_IRGRP"}, {unix.S_IWGRP, "S_IWGRP"},
		{unix.S_IXGRP, "S_IXGRP"}, {unix.S_IROTH, "S_IROTH"}, {unix.S_IWOTH, "S_IWOTH"}, {unix.S_IXOTH, "S_IXOTH"},
	},
}
