package run

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// errNoCgroup says that no cgroup can be made; the guardian's walk remains.
var errNoCgroup = errors.New("no writable cgroup v2")

// makeCgroup makes a cgroup below callgate's own, where the kernel ends all
// members at once (cgroup.kill, kernel 5.14), however fast they fork. It needs a
// cgroup v2 hierarchy in which callgate may write: root's, or a delegated one.
func makeCgroup(name string) (dir *os.File, err error) {
	base, err := ownCgroup()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(base, "callgate-"+name)
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, errors.Join(errNoCgroup, err)
	}
	if _, err := os.Stat(filepath.Join(path, "cgroup.kill")); err != nil {
		return nil, errors.Join(errNoCgroup, err, os.Remove(path))
	}
	return os.Open(path)
}

// ownCgroup is the directory of callgate's own cgroup v2.
func ownCgroup() (string, error) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", err
	}
	var path string
	for line := range bytes.Lines(own) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "0::"); ok {
			path = p
		}
	}
	for line := range bytes.Lines(mounts) {
		if f := strings.Fields(string(line)); path != "" && len(f) > 2 && f[2] == "cgroup2" {
			return filepath.Join(f[1], path), nil
		}
	}
	return "", errNoCgroup
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
