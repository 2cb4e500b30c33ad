package event

import "golang.org/x/sys/unix"

// OpenIntent tells what an open call asks for, from its flags: evt.is_open_read,
// evt.is_open_write and evt.is_open_create. The bits that decide are the same on
// every architecture that callgate knows.
//
// O_PATH ignores the other flags that matter here; truncation writes, whatever
// the access mode; the access mode 3 asks for both permissions (open(2)).
func OpenIntent(flags uint64) (read, write, create bool) {
	if flags&unix.O_PATH != 0 {
		return false, false, false
	}
	mode := flags & unix.O_ACCMODE
	read = mode != unix.O_WRONLY
	write = mode != unix.O_RDONLY || flags&(unix.O_TRUNC|unix.O_APPEND) != 0
	create = flags&(unix.O_CREAT|tmpfile) != 0
	return read, write, create
}

// ExecMode reports whether a new file's mode lets anybody execute it:
// evt.is_open_exec of a call that creates one.
func ExecMode(mode uint64) bool { return mode&0o111 != 0 }

// OpenType is fd.type of an open call, as far as its flags tell: as Falco has it,
// whatever there is. directory is O_DIRECTORY of the call's architecture.
func OpenType(flags, directory uint64) string {
	if flags&directory != 0 && flags&tmpfile == 0 {
		return "directory"
	}
	return "file"
}

// TypeChar is fd.typechar of an fd.type, "" for none. The characters are Falco's,
// which has none for the types that stand last.
func TypeChar(typ string) string {
	switch typ {
	case "":
		return ""
	case "file", "char", "block":
		return "f"
	case "ipv4":
		return "4"
	case "ipv6":
		return "6"
	case "eventpoll":
		return "l"
	case "pidfd":
		return "P"
	case "directory", "unix", "netlink", "pipe", "event", "signalfd", "inotify", "timerfd", "memfd":
		return typ[:1]
	}
	return "o"
}

// tmpfile is the bit that O_TMPFILE has beside O_DIRECTORY, whose own bit
// differs between architectures.
const tmpfile = 0o20000000
