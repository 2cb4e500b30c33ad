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

// tmpfile is the bit that O_TMPFILE has beside O_DIRECTORY, whose own bit
// differs between architectures.
const tmpfile = 0o20000000
