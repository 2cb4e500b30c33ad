package proc

import "golang.org/x/sys/unix"

// otherFormats says whether the kernel may know how to run a file that is
// neither ELF nor a script: binfmt_misc has entries, or can't be looked at. Each
// user namespace may have its own (Linux 6.7).
func (t *Thread) otherFormats() bool {
	if id, err := namespaceAt(t.e.dir, nsUser); err != nil || id != t.tb.self.userNS {
		return true
	}
	const misc cstr = "sys/fs/binfmt_misc\x00"
	dir, err := openat(t.tb.proc, misc.ptr(), unix.O_RDONLY|unix.O_DIRECTORY)
	if err == unix.ENOENT {
		return false // not even loaded
	}
	if err != nil {
		return true
	}
	defer closeFD(dir)
	var buf [4096]byte
	n, err := unix.ReadDirent(dir, buf[:])
	if err != nil {
		return true
	}
	_, _, names := unix.ParseDirent(buf[:n], -1, nil)
	for _, name := range names {
		if name != "register" && name != "status" {
			return true
		}
	}
	return false
}
