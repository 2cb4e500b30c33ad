package proc

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// followLink follows the symbolic link comp of cur, which link is open on.
func (w *walker) followLink(link int, comp []byte) {
	if w.links++; w.links > maxLinks {
		w.append(comp)
		w.fail(unix.ELOOP)
		return
	}
	if isProcFS(link) {
		if string(comp) == "self" || string(comp) == "thread-self" {
			w.followSelf(len(comp) > len("self"))
			return
		}
		if w.isMagic(comp) {
			w.followMagic(comp)
			return
		}
	}
	const itself cstr = "\x00"
	n, err := readlinkat(link, itself.ptr(), w.link[:])
	if err == nil && n == 0 {
		err = unix.ENOENT
	}
	if err != nil {
		w.append(comp)
		w.fail(err)
		return
	}
	if w.link[0] == '/' {
		w.jump(w.root)
		w.name = w.name[:0]
	}
	w.prepend(w.link[:n])
}

// prepend puts a link's text before the rest. What follows a link starts with a
// slash already.
func (w *walker) prepend(text []byte) {
	w.spare = append(append(w.spare[:0], text...), w.rest...)
	w.buf, w.spare = w.spare, w.buf
	w.rest = w.buf
}

func isProcFS(fd int) bool {
	var fs unix.Statfs_t
	return unix.Fstatfs(fd, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC
}

// followSelf takes /proc/self and /proc/thread-self for the thread's, not for
// callgate's.
func (w *walker) followSelf(thread bool) {
	if !w.ids.load(w.tb, w.e, w.cur) {
		w.append([]byte("self"))
		w.fail(unix.ENOENT) // as for a process of another pid namespace
		return
	}
	text := strconv.AppendInt(w.link[:0], int64(w.ids.tgid), 10)
	if thread {
		text = strconv.AppendInt(append(text, "/task/"...), int64(w.ids.tid), 10)
	}
	w.prepend(text)
}

// isMagic tells the links of /proc that jump to an object (exe, cwd, root, fd/N,
// ns/*) from those with a text (mounts, net).
func (w *walker) isMagic(comp []byte) bool {
	fd, err := openat2(w.cur, w.terminate(comp), unix.O_PATH, unix.RESOLVE_NO_MAGICLINKS)
	closeFD(fd)
	return err == unix.ELOOP
}

// followMagic jumps to the object behind a magic link. Nothing is opened: with
// O_PATH a pipe's or device's open method isn't called.
func (w *walker) followMagic(comp []byte) {
	name := w.terminate(comp)
	fd, err := openat(w.cur, name, unix.O_PATH)
	if err != nil {
		w.append(comp)
		w.fail(err)
		return
	}
	if err := w.land(w.cur, name, fd); err != nil {
		closeFD(fd)
		w.append(comp)
		w.fail(err)
	}
}

// land makes fd, the object behind a link of /proc, the place of the walk.
func (w *walker) land(dir int, link *byte, fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	name, inRoot, err := w.linkName(dir, link, &st, w.link[:])
	if err != nil {
		return err
	}
	w.exact = w.exact && (inRoot || name[0] != '/' || isMemfd(name, &st))
	w.jump(fd)
	w.name = w.name[:0]
	if len(name) > 1 || name[0] != '/' {
		w.name = append(w.name, name...)
	}
	return nil
}

// startCWD begins at the thread's working directory.
func (w *walker) startCWD() error { return w.startLink(dirCWD.ptr()) }

// startFD begins at what descriptor fd is open on.
func (w *walker) startFD(fd int) error {
	var b [32]byte
	return w.startLink(fdPath(b[:], "fd/", fd))
}

func (w *walker) startLink(link *byte) error {
	fd, err := openat(w.e.dir, link, unix.O_PATH)
	if err != nil {
		return err
	}
	if err := w.land(w.e.dir, link, fd); err != nil {
		closeFD(fd)
		return err
	}
	return nil
}
