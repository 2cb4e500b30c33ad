package seccomp

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoCgroup says that this process is in no cgroup of version 2 that it can see.
var ErrNoCgroup = errors.New("there is no cgroup of version 2")

// OwnCgroup is the directory of this process's cgroup in the version 2
// hierarchy, wherever that is mounted (cgroups(7)).
func OwnCgroup() (string, error) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", err
	}
	var path string
	for line := range strings.Lines(string(own)) {
		if p, ok := strings.CutPrefix(line, "0::"); ok {
			path = strings.TrimSuffix(p, "\n")
		}
	}
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); path != "" && len(f) > 2 && f[2] == "cgroup2" {
			return filepath.Join(f[1], path), nil
		}
	}
	return "", ErrNoCgroup
}
