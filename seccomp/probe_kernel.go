package seccomp

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

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
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	var path string
	for line := range strings.Lines(string(own)) {
		if p, ok := strings.CutPrefix(line, "0::"); ok {
			path = strings.TrimSuffix(p, "\n")
		}
	}
	if path == "" {
		return errors.New("there is no cgroup of version 2")
	}
	dir := filepath.Join("/sys/fs/cgroup", path)
	if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err != nil {
		return fmt.Errorf("cgroup of version 2 is not at its usual place: %w", err)
	}
	// The root has no such file (it can not be killed), its children do.
	if _, err := os.Stat(filepath.Join(dir, "cgroup.kill")); errors.Is(err, fs.ErrNotExist) && path != "/" {
		return err
	}
	if err := unix.Access(dir, unix.W_OK); err != nil {
		return fmt.Errorf("make a cgroup in %s: %w", dir, err)
	}
	return nil
}
