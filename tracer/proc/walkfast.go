package proc

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// leap tries to get through most of the path with one system call: when no
// component is a symbolic link and none is "..", the name is the path as it is
// written. What it can't do is left to the steps.
func (w *walker) leap(follow bool) {
	if w.cur < 0 || hasDotDot(w.rest) {
		return
	}
	flags := unix.O_PATH
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	err := w.leapTo(w.rest, flags)
	if err != unix.ENOENT {
		return
	}
	// The file is to be created: its directory will be there.
	dir := bytes.TrimRight(w.rest, "/")
	if i := bytes.LastIndexByte(dir, '/'); i > 0 {
		_ = w.leapTo(dir[:i], flags|unix.O_DIRECTORY) // the steps find out why not
	}
}

// leapTo goes to path, a beginning of rest, if there is no link on the way.
func (w *walker) leapTo(path []byte, flags int) error {
	rel := bytes.TrimLeft(path, "/")
	if len(rel) == 0 || len(rel) >= len(w.link) {
		return unix.EINVAL
	}
	w.link[copy(w.link[:], rel)] = 0
	fd, err := openat2(w.cur, &w.link[0], flags, unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
	if err != nil {
		return err
	}
	w.jump(fd)
	w.rest = w.rest[len(path):]
	for len(rel) > 0 {
		var comp []byte
		comp, rel, _ = bytes.Cut(rel, []byte{'/'})
		if len(comp) > 0 && string(comp) != "." {
			w.append(comp)
		}
	}
	return nil
}

// hasDotDot says whether a path has a component "..".
func hasDotDot(path []byte) bool {
	for len(path) > 0 {
		var comp []byte
		comp, path, _ = bytes.Cut(path, []byte{'/'})
		if string(comp) == ".." {
			return true
		}
	}
	return false
}
