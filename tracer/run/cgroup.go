package run

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// cgroupPath is where a run's cgroup belongs: below callgate's own. It is empty
// where there is no cgroup v2 hierarchy. It names a directory that need not exist:
// every function here takes it, and without it does nothing.
func cgroupPath(name string) string {
	base, err := seccomp.OwnCgroup()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "callgate-"+name)
}

// makeCgroup makes a cgroup in which the kernel ends all members at once
// (cgroup.kill, kernel 5.14), however fast they fork. It needs a hierarchy in which
// callgate may write: root's, or a delegated one.
func makeCgroup(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(path, "cgroup.kill")); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// killCgroup kills all members of a cgroup.
func killCgroup(path string) {
	if path == "" {
		return
	}
	f, err := os.OpenFile(filepath.Join(path, "cgroup.kill"), os.O_WRONLY, 0)
	if err != nil {
		return
	}
	_, _ = f.WriteString("1")
	_ = f.Close()
}

// removeCgroup removes an emptied cgroup; dead members may linger a moment.
func removeCgroup(path string) (err error) {
	if _, err := os.Lstat(path); err != nil {
		return nil //nolint:nilerr // it never was; on a read-only hierarchy the removal would say something else
	}
	for range 1000 {
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
