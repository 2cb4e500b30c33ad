package proc

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

// view names files as the thread sees them: relative to its root directory.
//
// The links of /proc give names relative to callgate's root or, for a file of
// another mount namespace, to that namespace's root. The name of the thread's
// root directory is given in the same way, so a file's name in the thread's root
// is what follows it.
type view struct {
	e       *entry
	root    int    // O_PATH on the thread's root directory
	base    []byte // its name, "" when it is the root of its namespace
	baseBuf [nameLimit]byte
}

// nameLimit holds every name that a link of /proc can give: the kernel refuses
// longer ones with ENAMETOOLONG.
const nameLimit = 4096

// open looks at the thread's root directory.
func (v *view) open(e *entry) error {
	v.e, v.base = e, nil
	var err error
	if v.root, err = openat(e.dir, dirRoot.ptr(), unix.O_PATH|unix.O_DIRECTORY); err != nil {
		return e.errno("open root", err)
	}
	return nil
}

// loadBase reads the root's name, which paths from the root don't need.
func (v *view) loadBase() error {
	if v.base != nil {
		return nil
	}
	n, err := readlinkat(v.e.dir, dirRoot.ptr(), v.baseBuf[:])
	if err != nil {
		return err
	}
	v.base = bytes.TrimSuffix(v.baseBuf[:n], []byte{'/'})
	return nil
}

func (v *view) close() {
	closeFD(v.root)
	v.root = -1
}

// strip makes a name relative to the thread's root. It fails for a file outside
// of it (a descriptor from before a chroot) and for what has no path (pipe:[1]).
func (v *view) strip(name []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(name, v.base)
	if !ok || len(name) == 0 || name[0] != '/' {
		return name, false
	}
	if len(rest) == 0 {
		return name[:1], true // the root itself: its "/"
	}
	return rest, rest[0] == '/'
}

var deletedSuffix = []byte(" (deleted)")

// linkName reads a link of /proc into b: the name of the file in the thread's
// root. The kernel marks a file that has been removed with a suffix that a
// file's own name may have too, so st, the file's attributes, decides.
func (v *view) linkName(dir int, link *byte, st *unix.Stat_t, b []byte) (name []byte, inRoot bool, err error) {
	if err := v.loadBase(); err != nil {
		return nil, false, err
	}
	n, err := readlinkat(dir, link, b)
	if err != nil {
		return nil, false, err
	}
	name = b[:n]
	if st.Nlink == 0 {
		name = bytes.TrimSuffix(name, deletedSuffix)
	}
	name, inRoot = v.strip(name)
	return name, inRoot, nil
}

// memfdPrefix: memfd_create(2) gives its files names in no directory.
var memfdPrefix = []byte("/memfd:")

// isMemfd tells an anonymous file by its name and by having no link.
func isMemfd(name []byte, st *unix.Stat_t) bool {
	return st.Nlink == 0 && bytes.HasPrefix(name, memfdPrefix)
}

// fdPath makes the NUL-terminated name of descriptor fd below prefix, which is
// a directory of /proc/PID.
func fdPath(b []byte, prefix string, fd int) *byte {
	b = append(strconv.AppendInt(append(b[:0], prefix...), int64(fd), 10), 0)
	return &b[0]
}
