package proc

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// findNested looks through callgate's /proc for the process that has number n at
// the given depth, in the pid namespace of e. Numbers are unique within a
// namespace, but several namespaces lie at one depth.
func (tb *Table) findNested(e *entry, level, n int) (int, error) {
	const here cstr = ".\x00"
	want, err := namespaceAt(e.dir, nsPID)
	if err != nil {
		return 0, e.errno("read pid namespace", err)
	}
	dir, err := openat(tb.proc, here.ptr(), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return 0, e.errno("list processes", err)
	}
	defer closeFD(dir)
	var buf [8192]byte
	for {
		got, err := unix.ReadDirent(dir, buf[:])
		if err != nil {
			return 0, e.errno("list processes", err)
		}
		if got == 0 {
			return 0, e.errno("translate pid", unix.ESRCH)
		}
		for rest := buf[:got]; len(rest) > 0; {
			used, _, names := unix.ParseDirent(rest, -1, nil)
			rest = rest[used:]
			for _, name := range names {
				if tb.isNested(name, level, n) && tb.inNamespace(name, want) {
					return strconv.Atoi(name)
				}
			}
		}
	}
}

// isNested: the process has number n at the given depth.
func (tb *Table) isNested(name string, level, n int) bool {
	if name[0] < '1' || name[0] > '9' {
		return false
	}
	fd, err := unix.Openat(tb.proc, name+"/status", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer closeFD(fd)
	ids, _, ok := nestedIDs(fd)
	return ok && ids.n > level && ids.id[level] == n
}

// inNamespace: the process lives in pid namespace want or in one below it, which
// the number at want's depth implies unless the namespaces are siblings.
func (tb *Table) inNamespace(name string, want fileID) bool {
	fd, err := unix.Openat(tb.proc, name+"/ns/pid", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	for err == nil {
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil && idOf(&st) == want {
			closeFD(fd)
			return true
		}
		var up int
		up, err = unix.IoctlRetInt(fd, unix.NS_GET_PARENT)
		closeFD(fd)
		fd = up
	}
	return false
}
