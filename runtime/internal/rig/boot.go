package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// systemd is the program that is the first process of a booted world.
const systemd = "/usr/lib/systemd/systemd"

// bootEnvironment is systemd's.
var bootEnvironment = []string{
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	// It leaves clocks, sysctls and devices alone in a container (systemd's CONTAINER_INTERFACE).
	"container=callgate-rig",
	"SYSTEMD_LOG_TARGET=kmsg",
	// Generators make units of what the machine has in /etc.
	"SYSTEMD_GENERATOR_PATH=/nonexistent",
	"SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/nonexistent",
}

// Where systemd looks for units: the distribution's, the administrator's.
const (
	unitDir      = "/usr/lib/systemd/system"
	adminUnitDir = "/etc/systemd/system"
)

// targets are those of the distribution's units that a booted world has: what a
// service needs by default, and without the services of the machine.
var targets = []string{"basic.target", "multi-user.target", "shutdown.target", "sockets.target", "sysinit.target"}

// canBoot tells what a machine lacks for a booted world.
func canBoot() error {
	if _, err := os.Stat(systemd); err != nil {
		return &MissingError{"Debian's package systemd"}
	}
	_, err := unifiedRoot()
	return err
}

// boot furnishes a booted world, whose directory is dir, and becomes its
// systemd. It returns only when that fails. What is built for all worlds lies in
// built; v1 are the hierarchies of cgroups beside that of v2.
func boot(dir, built string, v1 []string) error {
	// systemd would not see the end of the pipe. The test keeps the thread that
	// has started this process.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("die with the test: %w", err)
	}
	for _, step := range []func() error{
		func() error { return enterCgroups(filepath.Base(dir), v1) },
		func() error { return seal(dir, built) },
		func() error { return furnish(false) },
		furnishUnits,
		func() error { return furnishDevices(filepath.Join(dir, "systemd.log")) },
		func() error { return furnishKernel(v1) },
		tellReady,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return fmt.Errorf("execute systemd: %w", unix.Exec(systemd, []string{systemd, "--unit=multi-user.target"}, bootEnvironment))
}

// enterCgroups moves this process into cgroups of its own, each the root of its
// hierarchy for all in the world.
func enterCgroups(name string, v1 []string) error {
	root, err := unifiedRoot()
	if err != nil {
		return err
	}
	roots := []string{root}
	for _, c := range v1 {
		roots = append(roots, hierarchyRoot(c))
	}
	for _, root := range roots {
		if err := makeCgroup(root, name); err != nil {
			return err
		}
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC); err != nil {
		return fmt.Errorf("make namespaces: %w", err)
	}
	return nil
}

// seal makes all that the machine has mounted read-only here, but for dir, and
// gives the world a /tmp and a /var of its own, with dir and what is built for all
// worlds where they are outside.
func seal(dir, built string) error {
	kept := make(map[string]int)
	for _, d := range []string{dir, built} {
		fd, err := unix.OpenTree(unix.AT_FDCWD, d, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != nil {
			return fmt.Errorf("bind %s: %w", d, err)
		}
		kept[d] = fd
	}
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY, Propagation: unix.MS_PRIVATE}
	err := unix.MountSetattr(kept[built], "", unix.AT_EMPTY_PATH, readOnly)
	if err = errors.Join(err, unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, readOnly)); err != nil {
		return fmt.Errorf("make mounts read-only: %w", err)
	}
	for at, mode := range map[string]string{"/tmp": "mode=1777", "/var": "mode=0755"} {
		if err := mountTmpfs(at, mode); err != nil {
			return err
		}
	}
	for at, fd := range kept {
		err := os.MkdirAll(at, 0o755) //nolint:gosec // as the directory for temporary ones is
		if err == nil {
			err = unix.MoveMount(fd, "", unix.AT_FDCWD, at, unix.MOVE_MOUNT_F_EMPTY_PATH)
		}
		if err = errors.Join(err, unix.Close(fd)); err != nil {
			return fmt.Errorf("bind %s: %w", at, err)
		}
	}
	if err := os.Symlink("/run", "/var/run"); err != nil {
		return fmt.Errorf("furnish /var: %w", err)
	}
	return nil
}

func mountTmpfs(at, options string) error {
	if err := unix.Mount("tmpfs", at, "tmpfs", unix.MS_NOSUID, options); err != nil {
		return fmt.Errorf("mount tmpfs on %s: %w", at, err)
	}
	return nil
}

// furnishUnits makes the world's own /usr and /etc: what is written there stays
// there. Of the machine's units only the targets are left.
func furnishUnits() error {
	for _, dir := range []string{"/usr", "/etc"} {
		layer := "/run/rig" + dir
		for _, d := range []string{"upper", "work"} {
			if err := os.MkdirAll(filepath.Join(layer, d), 0o755); err != nil { //nolint:gosec // as the directory is
				return fmt.Errorf("furnish %s: %w", dir, err)
			}
		}
		if err := unix.Mount("overlay", dir, "overlay", 0, fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%[2]s/work", dir, layer)); err != nil {
			return fmt.Errorf("mount overlay on %s: %w", dir, err)
		}
	}
	content := make(map[string][]byte)
	for _, name := range targets {
		text, err := os.ReadFile(filepath.Join(unitDir, name))
		if err != nil {
			return fmt.Errorf("furnish units: %w", err)
		}
		content[filepath.Join(unitDir, name)] = text
	}
	// Without an id systemd would take this for a machine's first start.
	content["/etc/machine-id"] = []byte("ca11ca7e000000000000000000000000\n")
	for _, dir := range []string{unitDir, adminUnitDir} {
		if err := mountTmpfs(dir, "mode=0755"); err != nil {
			return err
		}
	}
	for path, text := range content {
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // as they are
			return fmt.Errorf("furnish units: %w", err)
		}
	}
	return nil
}
