package proc

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// Layer says whether a file is part of the image that a container was made of.
type Layer struct {
	// UpperLayer: the file lies in the upper layer of an overlay: it was written
	// after the container was made.
	UpperLayer bool
	// Known is false when that can't be told: the overlay's directories are out
	// of callgate's reach.
	Known bool
}

// layerOf looks where a file of an overlay really is. The overlay doesn't tell,
// but its options name the upper directory, and what exists there hides
// everything below.
func (t *Thread) layerOf(fd int, name string) Layer {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return Layer{}
	}
	if fs.Type != unix.OVERLAYFS_SUPER_MAGIC {
		return Layer{Known: true}
	}
	// The mount says where in the overlay the file is. It is found by its id
	// (Linux 5.8): another one may be mounted over the same place.
	var sx unix.Statx_t
	const itself = ""
	if err := unix.Statx(fd, itself, unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_MNT_ID, &sx); err != nil || sx.Mask&unix.STATX_MNT_ID == 0 {
		return Layer{}
	}
	m, ok := findMount(t.e.dir, dirMounts, func(m *mount) bool { return m.id == sx.Mnt_id })
	if !ok || !bytes.Equal(m.fsType, []byte("overlay")) {
		return Layer{}
	}
	inside, ok := m.inside([]byte(name))
	if !ok {
		return Layer{}
	}
	upper, ok := m.option("upperdir")
	if !ok {
		return Layer{Known: true} // a read-only overlay has none
	}
	return t.inUpper(upper, inside, m.dev)
}

// inUpper looks for the overlay's upper directory in the mount namespaces of
// callgate, of the system's init (callgate may run in a container with the host's
// pid namespace) and of the thread itself. The first that sees the same overlay is
// taken for the one that its options were written for.
func (t *Thread) inUpper(upper, inside []byte, dev []byte) Layer {
	same := func(m *mount) bool { return bytes.Equal(m.dev, dev) }
	for _, from := range [...]struct {
		dir          int
		mounts, root cstr
	}{
		{t.tb.proc, "self/mountinfo\x00", "self/root\x00"},
		{t.tb.proc, "1/mountinfo\x00", "1/root\x00"},
		{t.e.dir, dirMounts, dirRoot},
	} {
		if _, ok := findMount(from.dir, from.mounts, same); !ok {
			continue
		}
		root, err := openat(from.dir, from.root.ptr(), unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			continue
		}
		layer := lookInto(root, upper, inside)
		closeFD(root)
		if layer.Known {
			return layer
		}
	}
	return Layer{}
}

// lookInto asks whether the file exists in the upper directory.
func lookInto(root int, upper, inside []byte) Layer {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	how.Flags |= unix.O_DIRECTORY
	dir, err := unix.Openat2(root, string(upper), &how)
	if err != nil {
		return Layer{}
	}
	defer closeFD(dir)
	how.Flags = unix.O_PATH | unix.O_CLOEXEC | unix.O_NOFOLLOW
	how.Resolve |= unix.RESOLVE_NO_SYMLINKS
	fd, err := unix.Openat2(dir, string(bytes.TrimLeft(inside, "/")), &how)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR, unix.ELOOP:
		return Layer{Known: true}
	default:
		return Layer{}
	}
	defer closeFD(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Layer{}
	}
	// A whiteout, a device without a number, says that a lower file was removed.
	return Layer{UpperLayer: st.Mode&unix.S_IFMT == unix.S_IFREG, Known: true}
}
