package proc

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// look judges the file that the walk arrived at as the kernel's open for exec
// would, and returns its beginning; an empty one when callgate may not read it.
// walked is the walk's own error.
func (x *execution) look(walked error) (head []byte, err error) {
	w := x.w
	if walked != nil {
		// Nothing of the thread can be seen; the path is all there is.
		x.im.Exact, x.im.Reached = false, false
		x.im.ExePath = x.a.String(w.result())
		if errors.Is(walked, unix.EBADF) {
			x.im.Err = unix.EBADF
		}
		return nil, walked
	}
	x.im.ExePath, x.im.Exact = x.a.String(w.result()), x.im.Exact && w.exact
	x.im.Times = Times{}
	if w.cur < 0 {
		x.im.Reached = false
		if x.im.Exact {
			x.im.Err = w.failed
		} else {
			x.im.Blocked = w.blocked()
		}
		return nil, nil
	}
	x.im.Reached = true
	var st unix.Stat_t
	if err := unix.Fstat(w.cur, &st); err != nil {
		return nil, x.t.e.errno("look at program", err)
	}
	x.im.Memfd, x.im.Times = isMemfd(w.name, &st), timesOf(&st)
	x.im.Layer = Layer{Known: x.im.Memfd}
	if x.im.Memfd {
		x.im.ExePath = x.im.ExePath[1:]
	}
	if x.im.Err = x.refusal(&st); x.im.Err == nil {
		head = x.head()
	}
	return head, nil
}

// refusal is why the kernel wouldn't execute the file. Only what is certain is
// one: an exec that is taken for impossible raises no alert.
func (x *execution) refusal(st *unix.Stat_t) error {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFLNK:
		return unix.ELOOP // AT_SYMLINK_NOFOLLOW
	default:
		return unix.EACCES
	}
	const anyX = unix.S_IXUSR | unix.S_IXGRP | unix.S_IXOTH
	var fs unix.Statfs_t
	switch {
	case st.Mode&anyX == 0:
		return unix.EACCES // for root too
	case unix.Fstatfs(x.w.cur, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0:
		return unix.EACCES
	case st.Mode&anyX == anyX:
		return nil
	}
	if status, err := x.t.Status(); err == nil && !status.mayExecute(st) {
		return unix.EACCES
	}
	return nil
}

// mayExecute is false when the file's mode bits are certain to forbid it.
func (st *Status) mayExecute(file *unix.Stat_t) bool {
	switch {
	case st.Caps.Effective&(1<<unix.CAP_DAC_OVERRIDE) != 0:
		return true
	case int(file.Uid) == st.FSUID:
		return file.Mode&unix.S_IXUSR != 0
	}
	// Which of them counts, groups and access lists decide.
	return file.Mode&(unix.S_IXGRP|unix.S_IXOTH) != 0
}

// head reads the beginning of the file, which is a regular one. O_NONBLOCK: a
// lease on it (fcntl(2), F_SETLEASE) would make the open wait.
func (x *execution) head() []byte {
	var b [48]byte
	path := append(strconv.AppendInt(append(b[:0], "thread-self/fd/"...), int64(x.w.cur), 10), 0)
	fd, err := openat(x.t.tb.proc, &path[0], unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	n := 0
	if err == nil {
		n, err = unix.Pread(fd, x.w.link[:bprmSize], 0)
		closeFD(fd)
	}
	switch {
	case err != nil:
		x.im.Exact = false // a program that may be run and not read
		return nil
	case n == 0:
		x.w.link[0] = 0 // an empty file is no program, not an unknown one
		return x.w.link[:1]
	}
	return x.w.link[:n]
}

// inaccessible: the interpreter couldn't open the script, because its name leads
// through a descriptor that exec closes.
func (x *execution) inaccessible() bool {
	if x.dirfd == unix.AT_FDCWD || (len(x.path) > 0 && x.path[0] == '/') {
		return false
	}
	info, err := x.t.e.fdInfo(x.dirfd)
	return err == nil && info.flags&unix.O_CLOEXEC != 0
}

// walkAgain goes to an interpreter: from the root or the working directory.
func (t *Thread) walkAgain(w *walker, path []byte) error {
	w.setPath(path)
	if path[0] == '/' {
		w.jump(w.root)
	} else if err := w.startCWD(); err != nil {
		return t.e.errno("open cwd", err)
	}
	w.walk(true)
	return nil
}
