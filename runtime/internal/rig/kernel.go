package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// devices are what a booted world has of them, by their minor numbers (major 1).
var devices = map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}

// furnishDevices makes the world's own /dev. What systemd tells the kernel's log
// goes to a file.
func furnishDevices(log string) error {
	if err := mountTmpfs("/dev", "mode=0755"); err != nil {
		return err
	}
	for name, minor := range devices {
		path := filepath.Join("/dev", name)
		err := unix.Mknod(path, unix.S_IFCHR|0o666, int(unix.Mkdev(1, minor))) //nolint:gosec // of a small number
		if err = errors.Join(err, os.Chmod(path, 0o666)); err != nil {         //nolint:gosec // for everybody
			return fmt.Errorf("make device %s: %w", name, err)
		}
	}
	for name, to := range map[string]string{"kmsg": log, "fd": "/proc/self/fd", "ptmx": "pts/ptmx"} {
		if err := os.Symlink(to, filepath.Join("/dev", name)); err != nil {
			return fmt.Errorf("furnish /dev: %w", err)
		}
	}
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		return fmt.Errorf("furnish /dev: %w", err)
	}
	for _, m := range []struct{ kind, at, data string }{
		{"devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=620"},
		{"tmpfs", "/dev/shm", "mode=1777"},
	} {
		if err := os.Mkdir(m.at, 0o755); err != nil { //nolint:gosec // as the directory is
			return fmt.Errorf("furnish /dev: %w", err)
		}
		if err := unix.Mount(m.kind, m.at, m.kind, unix.MS_NOSUID, m.data); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	return nil
}

// furnishKernel mounts the files in which the kernel shows the world itself, and
// nothing to change the machine by but the world's cgroups and network.
func furnishKernel(v1 []string) error {
	if err := unix.Mount("sysfs", "/sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	unified := "/sys/fs/cgroup"
	if len(v1) > 0 {
		if err := mountTmpfs(unified, "mode=0755"); err != nil {
			return err
		}
		unified = "/sys/fs/cgroup/unified"
		if err := os.Mkdir(unified, 0o755); err != nil { //nolint:gosec // as cgroups are
			return fmt.Errorf("mount cgroups: %w", err)
		}
	}
	if err := unix.Mount("cgroup2", unified, "cgroup2", cgroupFlags, ""); err != nil {
		return fmt.Errorf("mount cgroups: %w", err)
	}
	for _, c := range v1 {
		if err := mountHierarchy(c); err != nil {
			return err
		}
	}
	for _, at := range []string{"/proc/sys", "/proc/sys/net"} {
		if err := unix.Mount(at, at, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s: %w", at, err)
		}
	}
	for _, at := range []string{"/sys", "/proc/sys"} {
		if err := unix.MountSetattr(unix.AT_FDCWD, at, 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return fmt.Errorf("make %s read-only: %w", at, err)
		}
	}
	return nil
}
