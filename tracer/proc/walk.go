package proc

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// maxLinks is the kernel's MAXSYMLINKS: one more is ELOOP.
const maxLinks = 40

// nameMax is the longest component of a path.
const nameMax = 255

// walker resolves a path as the kernel would for another thread, one component
// at a time, with descriptors that are opened with O_PATH: nothing is read,
// written or triggered, no device or FIFO opened.
//
// Handing the whole path to the kernel (openat2 with RESOLVE_IN_ROOT) would not
// do: it follows /proc/self to callgate, and doesn't tell the name it arrived
// at.
type walker struct {
	view
	tb     *Table
	ids    procIDs
	cur    int    // O_PATH on where the walk is; -1 once it left what exists
	name   []byte // its name in the thread's root; "" for the root itself
	rest   []byte // what is left to walk, the end of buf
	buf    []byte
	spare  []byte // takes turns with buf
	links  int
	failed error // why cur is -1
	exact  bool  // nothing had to be guessed

	comp [nameMax + 1]byte
	link [nameLimit]byte
}

func (tb *Table) walker() *walker {
	w, _ := tb.walkers.Get().(*walker)
	if w == nil {
		w = &walker{tb: tb}
	}
	w.root, w.cur = -1, -1
	w.reset()
	return w
}

// reset makes the walker ready for another path from the same root.
func (w *walker) reset() {
	w.jump(-1)
	w.name, w.rest, w.links, w.failed, w.exact, w.ids = w.name[:0], nil, 0, nil, true, procIDs{}
}

// setPath is the path that is to be walked.
func (w *walker) setPath(path []byte) {
	w.buf = append(w.buf[:0], path...)
	w.rest = w.buf
}

func (tb *Table) putWalker(w *walker) {
	w.jump(-1)
	w.view.close()
	w.e = nil
	tb.walkers.Put(w)
}

// jump moves to another directory, whose descriptor the walker owns from now on.
func (w *walker) jump(fd int) {
	if w.cur != w.root {
		closeFD(w.cur)
	}
	w.cur = fd
}

// walk follows rest from cur. Afterwards cur is what was reached, or -1 with the
// cause in failed; name is its name either way, the part that doesn't exist
// taken as it is written.
func (w *walker) walk(follow bool) {
	w.leap(follow)
	for w.cur >= 0 {
		comp, more := w.next()
		switch {
		case len(comp) == 0:
			return
		case string(comp) == ".":
			if !w.isDir() {
				w.fail(unix.ENOTDIR)
			}
		case string(comp) == "..":
			w.up()
		case len(comp) > nameMax:
			w.append(comp)
			w.fail(unix.ENAMETOOLONG)
		default:
			w.step(comp, more || follow, more)
		}
	}
	w.lexical()
}

// next takes the first component off rest; more says that something follows,
// if only a slash, so that a symbolic link must be followed.
func (w *walker) next() (comp []byte, more bool) {
	w.rest = bytes.TrimLeft(w.rest, "/")
	i := bytes.IndexByte(w.rest, '/')
	if i < 0 {
		comp, w.rest = w.rest, w.rest[len(w.rest):]
		return comp, false
	}
	comp, w.rest = w.rest[:i], w.rest[i:]
	return comp, true
}

// step goes to comp below cur.
func (w *walker) step(comp []byte, follow, more bool) {
	name := w.terminate(comp)
	fd, err := openat(w.cur, name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		w.append(comp)
		w.fail(err)
		return
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		closeFD(fd)
		w.append(comp)
		w.fail(err)
		return
	}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK && follow {
		defer closeFD(fd)
		w.followLink(fd, comp)
		return
	}
	w.jump(fd)
	w.append(comp)
	if more && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		w.fail(unix.ENOTDIR)
	}
}

// up goes to the parent, but not above the thread's root.
func (w *walker) up() {
	w.cutName()
	if len(w.name) == 0 {
		w.jump(w.root)
		return
	}
	const parent cstr = "..\x00"
	fd, err := openat(w.cur, parent.ptr(), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		w.fail(err)
		return
	}
	w.jump(fd)
}

// lexical takes the rest as it is written.
func (w *walker) lexical() {
	for {
		comp, _ := w.next()
		switch string(comp) {
		case "":
			return
		case ".":
		case "..":
			w.cutName()
		default:
			w.append(comp)
		}
	}
}

// fail ends the walk. What doesn't exist is certain; what callgate may not see,
// or reached by other means than the kernel would, is not.
func (w *walker) fail(cause error) {
	w.jump(-1)
	w.failed = cause
	w.exact = w.exact && certain(cause)
}

// certain: the kernel would end the thread's own walk with this errno too.
func certain(cause error) bool {
	return cause == unix.ENOENT || cause == unix.ENOTDIR || cause == unix.ELOOP || cause == unix.ENAMETOOLONG
}

func (w *walker) isDir() bool {
	var st unix.Stat_t
	return unix.Fstat(w.cur, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

// append adds a component to the name. It may lie in any buffer but the name's.
func (w *walker) append(comp []byte) { w.name = append(append(w.name, '/'), comp...) }

func (w *walker) cutName() { w.name = w.name[:max(0, bytes.LastIndexByte(w.name, '/'))] }

// terminate makes a component ready for openat. It is valid until the next.
func (w *walker) terminate(comp []byte) *byte {
	n := copy(w.comp[:nameMax], comp)
	w.comp[n] = 0
	return &w.comp[0]
}

// result is the name.
func (w *walker) result() []byte {
	if len(w.name) == 0 {
		return append(w.name, '/')
	}
	return w.name
}
