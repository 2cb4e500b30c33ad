package proc

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	dirSelf   cstr = "self\x00"
	selfPIDNS cstr = "self/ns/pid\x00"
	selfUser  cstr = "self/ns/user\x00"
)

// selfInfo are callgate's own namespaces, to compare others with.
type selfInfo struct {
	pidNS, userNS fileID
	procDev       uint64 // of the procfs that shows callgate's pid namespace
}

// fileID tells one inode from another.
type fileID struct{ dev, ino uint64 }

func idOf(st *unix.Stat_t) fileID { return fileID{st.Dev, st.Ino} }

func (s *selfInfo) load(proc int) (err error) {
	if s.pidNS, err = namespaceAt(proc, selfPIDNS); err != nil {
		return fmt.Errorf("read own pid namespace: %w", err)
	}
	if s.userNS, err = namespaceAt(proc, selfUser); err != nil {
		return fmt.Errorf("read own user namespace: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(proc, &st); err != nil {
		return fmt.Errorf("look at procfs: %w", err)
	}
	s.procDev = st.Dev
	return nil
}

// namespaceAt identifies the namespace behind a link of /proc.
func namespaceAt(dir int, name cstr) (fileID, error) {
	fd, err := openat(dir, name.ptr(), unix.O_PATH)
	if err != nil {
		return fileID{}, err
	}
	defer closeFD(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fileID{}, err
	}
	return idOf(&st), nil
}

// checkProc makes sure that tb.proc is procfs and shows callgate's own numbers.
func (tb *Table) checkProc(path string) error {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(tb.proc, &fs); err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if fs.Type != unix.PROC_SUPER_MAGIC {
		return fmt.Errorf("look at %s: no procfs is mounted there", path)
	}
	var b [16]byte
	n, err := readlinkat(tb.proc, dirSelf.ptr(), b[:])
	if err != nil {
		return fmt.Errorf("look at %s/self: %w", path, err)
	}
	if string(b[:n]) != strconv.Itoa(os.Getpid()) {
		return fmt.Errorf("look at %s/self: it is of another pid namespace; mount a procfs of callgate's own", path)
	}
	return nil
}
