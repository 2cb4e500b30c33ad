package run

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// makeCgroup makes a cgroup below callgate's own, where the kernel ends all
// members at once (cgroup.kill, kernel 5.14), however fast they fork. It needs a
// cgroup v2 hierarchy in which callgate may write: root's, or a delegated one.
// An error means that the guardian's walk has to do.
func makeCgroup(name string) (dir *os.File, err error) {
	base, err := seccomp.OwnCgroup()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(base, "callgate-"+name)
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(path, "cgroup.kill")); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return os.Open(path)
}

// killCgroup kills all members of a cgroup.
func killCgroup(dir int) {
	fd, err := unix.Openat(dir, "cgroup.kill", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_, _ = unix.Write(fd, []byte("1"))
}

// removeCgroup removes an emptied cgroup; dead members may linger a moment.
func removeCgroup(dir int) error {
	path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(dir))
	if err != nil {
		return err
	}
	for range 50 {
		removeBelow(path)
		if err = os.Remove(path); !errors.Is(err, unix.EBUSY) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if errors.Is(err, unix.ENOENT) {
		return nil // callgate or the guardian was quicker
	}
	return err
}

// removeBelow removes the cgroups that the command made in its own (a container
// engine does), the innermost first. What fails is told by the outermost.
func removeBelow(path string) {
	entries, _ := os.ReadDir(path)
	for _, e := range entries {
		if e.IsDir() {
			below := filepath.Join(path, e.Name())
			removeBelow(below)
			_ = os.Remove(below)
		}
	}
}
