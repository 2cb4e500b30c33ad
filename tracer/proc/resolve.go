package proc

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// pathMax is the kernel's PATH_MAX without its NUL.
const pathMax = 4095

// Resolve is the absolute name, in the thread's root, of what the kernel would
// reach by path from dirfd (or AT_FDCWD): links are followed, the last one if
// follow says so, ".." ends at the root, /proc/self is the thread's. An empty path
// is dirfd itself, as with AT_EMPTY_PATH. What doesn't exist is named as it is
// written.
//
// A descriptor that is no file is named as /proc does, pipe:[123].
//
// exact is false when callgate could not look, or what was reached lies outside
// of the thread's root: the name is then what the path says by itself, relative
// if it is and the directory isn't known. The error tells why callgate could not
// look: a *BlockedError where the way itself was barred. Only ErrGone means that
// there is no name.
func (t *Thread) Resolve(a *event.Arena, dirfd int, path []byte, follow bool) (name string, exact bool, err error) {
	w := t.tb.walker()
	defer t.tb.putWalker(w)
	err = t.walk(w, dirfd, path, follow)
	if t.renew(err) {
		return t.Resolve(a, dirfd, path, follow)
	}
	if errors.Is(err, ErrGone) {
		return "", false, err
	}
	if err == nil {
		err = w.blocked()
	}
	return a.String(w.result()), w.exact, err
}

// walk lets w go from dirfd along path. What the path names not to exist is no
// error; see walker.failed. To see the thread's root proves the thread: the
// handle shows nothing of one that is gone.
func (t *Thread) walk(w *walker, dirfd int, path []byte, follow bool) error {
	w.setPath(path[:min(len(path), pathMax)])
	err := w.view.open(t.e)
	if err == nil {
		t.proved = true
		err = t.start(w, dirfd, path)
	}
	if err != nil {
		// Nothing of the thread can be seen: all that is left is the path.
		w.exact = false
		w.lexical()
		if (len(path) == 0 || path[0] != '/') && len(w.name) > 0 {
			w.name = w.name[1:]
		}
		return err
	}
	w.walk(follow)
	return nil
}

// start finds where the path begins.
func (t *Thread) start(w *walker, dirfd int, path []byte) error {
	switch {
	case len(path) > 0 && path[0] == '/':
		w.jump(w.root)
		return nil
	case dirfd == unix.AT_FDCWD:
		if err := w.startCWD(); err != nil {
			return t.e.errno("open cwd", err)
		}
	default:
		err := w.startFD(dirfd)
		if errors.Is(err, unix.ENOENT) && t.e.alive() {
			err = unix.EBADF
		}
		if err != nil {
			return t.e.errno("open descriptor", err)
		}
	}
	return nil
}
