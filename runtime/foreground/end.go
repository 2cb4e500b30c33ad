package foreground

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// endContainer ends whatever is left of a container: what a killed runtime has
// left to this process, its subreaper, and then what the runtime knows of it.
func endContainer(runtime, id string) error {
	if err := endChildren(); err != nil {
		return err
	}
	out, err := exec.Command(runtime, "delete", "--force", id).CombinedOutput()
	if err != nil && !bytes.Contains(out, []byte("does not exist")) {
		return fmt.Errorf("delete container: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// endChildren kills all children, and theirs as they are left, until there are
// none.
func endChildren() error {
	for {
		children, err := childrenOf(os.Getpid())
		if err != nil {
			return fmt.Errorf("end container: %w", err)
		}
		for _, pid := range children {
			_ = unix.Kill(pid, unix.SIGKILL) // it may have ended
		}
		_, err = unix.Wait4(-1, nil, unix.WALL, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return fmt.Errorf("end container: %w", err)
		}
	}
}

// childrenOf reads the children of all threads of a process (proc(5)).
func childrenOf(pid int) (children []int, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended, and its children are another's
		}
		for _, field := range bytes.Fields(text) {
			if child, err := strconv.Atoi(string(field)); err == nil {
				children = append(children, child)
			}
		}
	}
	return children, nil
}

// removeDir removes the directory of a container. An image's root file system that
// is still mounted there is only taken away.
func removeDir(dir string) error {
	err := unix.Unmount(filepath.Join(dir, rootfsName), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	switch {
	case err == nil, errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
	case errors.Is(err, unix.EPERM): // an ordinary user has mounted nothing
	default:
		return fmt.Errorf("unmount the container's root: %w", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove directory of the container: %w", err)
	}
	return nil
}
