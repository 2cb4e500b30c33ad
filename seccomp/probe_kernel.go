package seccomp

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

func probeOpenAt2() error {
	fd, err := unix.Openat2(unix.AT_FDCWD, "/", &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT,
	})
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// probeCloseRange closes a descriptor that can not exist.
func probeCloseRange() error { return unix.CloseRange(math.MaxUint32, math.MaxUint32, 0) }

// probeIOUring passes no parameters: the kernel asks for permission first
// (EPERM), then for these (EFAULT).
func probeIOUring() error {
	if _, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0); errno != unix.EFAULT {
		return errno
	}
	return nil
}

// probeCgroupKill asks whether a cgroup could be made below our own and killed.
func probeCgroupKill() error {
	dir, err := OwnCgroup()
	if err != nil {
		return err
	}
	// The root has no such file (it can not be killed), its children do.
	if _, err := os.Stat(filepath.Join(dir, "cgroup.kill")); errors.Is(err, fs.ErrNotExist) && hasParent(dir) {
		return err
	}
	if err := unix.Access(dir, unix.W_OK); err != nil {
		return fmt.Errorf("make a cgroup in %s: %w", dir, err)
	}
	return nil
}

// hasParent reports whether a cgroup is not the hierarchy's root: only others
// have a type.
func hasParent(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "cgroup.type"))
	return err == nil
}
