package proc

import (
	"math"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// userFileLimit bounds a passwd or group file.
const userFileLimit = 1 << 20

// UserName is the name of uid, a number of callgate's user namespace, in the
// process's own /etc/passwd; "" when there is none. The file belongs to whoever
// the process is: the name says what the process calls itself.
func (t *Thread) UserName(uid int) (string, error) {
	return t.idName("etc/passwd", dirUIDMap, uid)
}

// GroupName is the name of gid in the process's own /etc/group.
func (t *Thread) GroupName(gid int) (string, error) {
	return t.idName("etc/group", dirGIDMap, gid)
}

// OwnUserName is UserName of a number of the process's own user namespace: one that
// it gives to a system call.
func (t *Thread) OwnUserName(uid int) (string, error) {
	if err := t.prove(); err != nil {
		return "", err
	}
	if uid < 0 || uid >= math.MaxUint32 {
		return "", nil
	}
	return t.nameIn("etc/passwd", uint32(uid))
}

func (t *Thread) idName(path string, idMap cstr, id int) (string, error) {
	if err := t.prove(); err != nil {
		return "", err
	}
	inner, ok, err := t.toNamespace(idMap, id)
	if err != nil || !ok {
		return "", err
	}
	return t.nameIn(path, inner)
}

// nameIn finds an id's name in a file below the thread's root.
func (t *Thread) nameIn(path string, inner uint32) (string, error) {
	root, err := openat(t.e.dir, dirRoot.ptr(), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return "", t.e.errno("open root", err)
	}
	defer closeFD(root)
	file, err := unix.Openat2(root, path, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err == unix.ENOENT && t.e.alive() {
		return "", nil // a container without users
	}
	if err != nil {
		return "", t.e.errno("open "+path, err)
	}
	defer closeFD(file)
	return t.tb.lookup(t.e, file, path, inner)
}

// lookup finds id in the file, which may be anything: it is opened for reading
// only if it is a regular one.
func (tb *Table) lookup(e *entry, file int, path string, id uint32) (string, error) {
	var st unix.Stat_t
	if err := unix.Fstat(file, &st); err != nil {
		return "", e.errno("look at "+path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > userFileLimit || isProcFS(file) {
		return "", e.errno("read "+path, errFormat)
	}
	key := userKey{idOf(&st), st.Size, st.Mtim, st.Ctim, id}
	if name, ok := tb.users.get(key); ok {
		return name, nil
	}
	fd, err := unix.Openat(tb.proc, "thread-self/fd/"+strconv.Itoa(file), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", e.errno("open "+path, err)
	}
	defer closeFD(fd)
	name := findID(&lines{fd: fd, left: userFileLimit}, id)
	tb.users.put(key, name)
	return name, nil
}

// userKey is one question to one version of a file. The change time is in it
// because the modification time can be set at will.
type userKey struct {
	file         fileID
	size         int64
	mtime, ctime unix.Timespec
	id           uint32
}

// maxUsers bounds the remembered answers.
const maxUsers = 1024

// userCache remembers answers. A file that is written twice within one tick of
// the filesystem's clock may be answered from its first version.
type userCache struct {
	mu    sync.Mutex
	names map[userKey]string
}

func (c *userCache) get(k userKey) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name, ok := c.names[k]
	return name, ok
}

func (c *userCache) put(k userKey, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil || len(c.names) >= maxUsers {
		c.names = make(map[userKey]string) // starting again is simpler than ageing, and as good
	}
	c.names[k] = name
}
