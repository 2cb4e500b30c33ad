package rig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupRoots are the directories under which a cgroup with a path may lie: the
// one of cgroup v2, or one for each controller of v1.
var cgroupRoots = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*"}

// removeCgroups removes a cgroup with those below it: what the containers left
// that were killed with their world.
func removeCgroups(name string) error {
	var dirs []string
	for _, root := range cgroupRoots {
		found, _ := filepath.Glob(filepath.Join(root, name)) // the pattern is well formed
		for _, top := range found {
			_ = filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
				if err == nil && e.IsDir() {
					dirs = append(dirs, path)
				}
				return nil
			})
		}
	}
	slices.Reverse(dirs) // children before their parents
	deadline := time.Now().Add(time.Minute)
	for _, dir := range dirs {
		for {
			// A cgroup is busy until the kernel has buried its last process.
			err := os.Remove(dir)
			if err == nil || errors.Is(err, fs.ErrNotExist) {
				break
			}
			if !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
				return fmt.Errorf("remove cgroup: %w", err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}

// unifiedRoot is where the cgroup v2 hierarchy is mounted.
func unifiedRoot() (string, error) {
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var st unix.Statfs_t
		err := unix.Statfs(dir, &st)
		if err == nil && st.Type == unix.CGROUP2_SUPER_MAGIC {
			return dir, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find cgroups: %w", err)
		}
	}
	return "", &MissingError{"cgroup v2, mounted where systemd mounts it"}
}
