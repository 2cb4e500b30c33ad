package proc

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// Exe is the file of the running program.
type Exe struct {
	Path    string // in the process's root; memfd:NAME for an anonymous file
	Memfd   bool   // made by memfd_create
	Deleted bool   // it has no name any more
	Layer
	Times
}

// Times are those of a file's inode, in nanoseconds since the epoch.
type Times struct {
	Changed int64 // ctime: content, name, owner, permissions
	Written int64 // mtime: content, or what its owner says
}

func timesOf(st *unix.Stat_t) Times { return Times{st.Ctim.Nano(), st.Mtim.Nano()} }

// Exe reads what the process runs. ErrGone for a zombie and a kernel thread too,
// which run nothing.
func (t *Thread) Exe(a *event.Arena) (Exe, error) {
	if err := t.prove(); err != nil {
		return Exe{}, err
	}
	w := t.tb.walker()
	defer t.tb.putWalker(w)
	if err := w.view.open(t.e); err != nil {
		return Exe{}, err
	}
	fd, err := openat(t.e.dir, dirExe.ptr(), unix.O_PATH)
	if err != nil {
		return Exe{}, t.e.errno("open exe", err)
	}
	defer closeFD(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Exe{}, t.e.errno("look at exe", err)
	}
	name, inRoot, err := w.view.linkName(t.e.dir, dirExe.ptr(), &st, w.link[:])
	if err != nil {
		return Exe{}, t.e.errno("read exe", err)
	}
	if isMemfd(name, &st) {
		return Exe{Path: a.String(name[1:]), Memfd: true, Deleted: true, Layer: Layer{Known: true}, Times: timesOf(&st)}, nil
	}
	x := Exe{Path: a.String(name), Deleted: st.Nlink == 0, Times: timesOf(&st)}
	if inRoot {
		x.Layer = t.layerOf(fd, x.Path)
	}
	return x, nil
}

// CWD is the working directory, in the thread's root.
func (t *Thread) CWD(a *event.Arena) (string, error) {
	if err := t.prove(); err != nil {
		return "", err
	}
	w := t.tb.walker()
	defer t.tb.putWalker(w)
	if err := w.view.open(t.e); err != nil {
		return "", err
	}
	if err := w.startCWD(); err != nil {
		return "", t.e.errno("read cwd", err)
	}
	return a.String(w.result()), nil
}
