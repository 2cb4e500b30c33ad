package rig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// controllers are the hierarchies of cgroup v1 that the machine has mounted where
// systemd mounts them, each by its controllers or its name, as /proc/self/cgroup
// has them (cgroups(7)).
func controllers() (list []string, err error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("find cgroups: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(line, ":", 3)
		if len(f) == 3 && f[1] != "" && isMounted(f[1]) {
			list = append(list, f[1])
		}
	}
	return list, nil
}

func isMounted(controllers string) bool {
	var st unix.Statfs_t
	return unix.Statfs(hierarchyRoot(controllers), &st) == nil && st.Type == unix.CGROUP_SUPER_MAGIC
}

// hierarchyRoot is where a hierarchy of cgroup v1 is mounted.
func hierarchyRoot(controllers string) string {
	return filepath.Join("/sys/fs/cgroup", strings.TrimPrefix(controllers, "name="))
}

// mountHierarchy mounts it there.
func mountHierarchy(controllers string) error {
	at := hierarchyRoot(controllers)
	if strings.HasPrefix(controllers, "name=") {
		controllers = "none," + controllers
	}
	err := os.Mkdir(at, 0o755) //nolint:gosec // as cgroups are
	if err == nil {
		err = unix.Mount("cgroup", at, "cgroup", cgroupFlags, controllers)
	}
	if err != nil {
		return fmt.Errorf("mount cgroups of %s: %w", controllers, err)
	}
	return nil
}

const cgroupFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// makeCgroup makes a cgroup and moves this process into it.
func makeCgroup(root, name string) error {
	dir := filepath.Join(root, name)
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // as cgroups are
		return fmt.Errorf("make cgroup: %w", err)
	}
	// In v1 a new cgroup has no processor and no memory node.
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		have, err := os.ReadFile(filepath.Join(root, file))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), have, 0)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make cgroup: %w", err)
		}
	}
	return joinCgroup(dir)
}

// joinCgroup moves this process into a cgroup.
func joinCgroup(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0); err != nil {
		return fmt.Errorf("enter cgroup: %w", err)
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
