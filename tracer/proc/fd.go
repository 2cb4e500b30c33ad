package proc

import (
	"bytes"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// FDInfo is what a descriptor is open on.
type FDInfo struct {
	Name string // path in the thread's root, or as /proc names it: socket:[123]
	Type string // as event.FD.Type
	PID  int    // of a pidfd: the process, in callgate's pid namespace, -1 if it is gone; else 0
}

// anonTypes are the types of files without an inode of their own, by their
// names in /proc.
var anonTypes = [...]struct{ prefix, typ string }{
	{"anon_inode:[eventfd", "event"},
	{"anon_inode:[eventpoll", "eventpoll"},
	{"anon_inode:inotify", "inotify"},
	{"anon_inode:[signalfd", "signalfd"},
	{"anon_inode:[timerfd", "timerfd"},
	{"anon_inode:[pidfd", "pidfd"},
	{"pidfd:[", "pidfd"},
}

var modeTypes = [...]struct {
	mode uint32
	typ  string
}{
	{unix.S_IFREG, "file"},
	{unix.S_IFDIR, "directory"},
	{unix.S_IFIFO, "pipe"},
	{unix.S_IFCHR, "char"},
	{unix.S_IFBLK, "block"},
}

// familyTypes are the sockets' types by family.
var familyTypes = map[int]string{
	unix.AF_UNIX: "unix", unix.AF_INET: "ipv4", unix.AF_INET6: "ipv6", unix.AF_NETLINK: "netlink",
	unix.AF_PACKET: "packet", unix.AF_VSOCK: "vsock",
}

// FD looks at a descriptor of the thread. EBADF when it isn't open. Without an
// arena Name stays empty.
func (t *Thread) FD(a *event.Arena, fd int) (FDInfo, error) {
	if err := t.prove(); err != nil {
		return FDInfo{}, err
	}
	w := t.tb.walker()
	defer t.tb.putWalker(w)
	if err := w.view.open(t.e); err != nil {
		return FDInfo{}, err
	}
	var b [32]byte
	link := fdPath(b[:], "fd/", fd)
	file, err := openat(t.e.dir, link, unix.O_PATH)
	if err != nil {
		return FDInfo{}, t.e.fdErrno("open descriptor", err)
	}
	defer closeFD(file)
	var st unix.Stat_t
	if err := unix.Fstat(file, &st); err != nil {
		return FDInfo{}, t.e.errno("look at descriptor", err)
	}
	name, _, err := w.linkName(t.e.dir, link, &st, w.link[:])
	if err != nil {
		return FDInfo{}, t.e.fdErrno("read descriptor", err)
	}
	info := FDInfo{Type: t.fdType(fd, file, &st, name)}
	if info.Type == "pidfd" {
		more, err := t.e.fdInfo(fd)
		if err != nil {
			return FDInfo{}, err
		}
		info.PID = more.pid
	}
	if isMemfd(name, &st) {
		name = name[1:]
	}
	if a != nil {
		info.Name = a.String(name)
	}
	return info, nil
}

// fdType tells the type of fd, which file is open on.
func (t *Thread) fdType(fd, file int, st *unix.Stat_t, name []byte) string {
	format := st.Mode & unix.S_IFMT
	if format == unix.S_IFSOCK {
		s, err := t.Socket(nil, fd)
		if typ := familyTypes[s.Family]; err == nil && typ != "" {
			return typ
		}
		return "other"
	}
	if isMemfd(name, st) {
		return "memfd"
	}
	var fs unix.Statfs_t
	if unix.Fstatfs(file, &fs) == nil && fs.Type == unix.NSFS_MAGIC {
		return "namespace"
	}
	for _, k := range anonTypes {
		if bytes.HasPrefix(name, []byte(k.prefix)) {
			return k.typ
		}
	}
	if bytes.HasPrefix(name, []byte("anon_inode:")) {
		return "other"
	}
	for _, k := range modeTypes {
		if format == k.mode {
			return k.typ
		}
	}
	return "other"
}

// fdErrno is errno for a look at a descriptor: ENOENT means that it isn't open,
// as long as the thread lives.
func (e *entry) fdErrno(what string, err error) error {
	if err == unix.ENOENT && e.alive() {
		err = unix.EBADF
	}
	return e.errno(what, err)
}

// openInfo is a descriptor's file in /proc/PID/fdinfo.
type openInfo struct{ flags, pid int }

func (e *entry) fdInfo(fd int) (info openInfo, err error) {
	var b [32]byte
	file, err := openat(e.dir, fdPath(b[:], "fdinfo/", fd), unix.O_RDONLY)
	if err != nil {
		return openInfo{}, e.fdErrno("open fdinfo", err)
	}
	defer closeFD(file)
	l := lines{fd: file, left: pageSize}
	for {
		line, more := l.next()
		if !more {
			return info, nil
		}
		key, value, _ := bytes.Cut(line, []byte{':'})
		word, _, _ := nextWord(value)
		switch string(key) {
		case "flags":
			flags, _ := parseUint(word, 8)
			info.flags = int(flags)
		case "Pid":
			info.pid, _ = parseInt(word)
		}
	}
}
