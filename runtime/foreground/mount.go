package foreground

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	api "github.com/containerd/containerd/api/types"
	"golang.org/x/sys/unix"
)

// mountFlags are the options that mount(2) takes as flags; a snapshotter names no
// others.
var mountFlags = map[string]uintptr{"ro": unix.MS_RDONLY, "rw": 0, "bind": unix.MS_BIND, "rbind": unix.MS_BIND | unix.MS_REC}

// mountSnapshot mounts what a snapshotter says.
func mountSnapshot(mounts []*api.Mount, target string) error {
	if len(mounts) == 0 {
		return errors.New("mount snapshot: there is nothing to mount")
	}
	for _, m := range mounts {
		if err := mountOne(m, filepath.Join(target, m.GetTarget())); err != nil {
			return fmt.Errorf("mount snapshot: %s: %w", m.GetType(), err)
		}
	}
	return nil
}

func mountOne(m *api.Mount, target string) error {
	var flags uintptr
	var data []string
	for _, o := range m.GetOptions() {
		if flag, ok := mountFlags[o]; ok {
			flags |= flag
		} else {
			data = append(data, o)
		}
	}
	options, dir := shorten(strings.Join(data, ","))
	mounted := make(chan error)
	go func() {
		// The thread has a working directory of its own from here on, and ends with
		// the goroutine that it is locked to.
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Chdir(dir)
		}
		if err == nil {
			err = unix.Mount(m.GetSource(), target, m.GetType(), flags, options)
		}
		mounted <- err
	}()
	return <-mounted
}

// shorten makes the directories of an overlay relative to the one that they are
// all in: the kernel takes options of one page only (mount(2)), which the layers of
// an image can exceed.
func shorten(options string) (short, dir string) {
	_, upper, ok := strings.Cut(options, "upperdir=")
	if !ok {
		return options, "/"
	}
	upper, _, _ = strings.Cut(upper, ",")
	dir = filepath.Dir(filepath.Dir(upper)) // SNAPSHOTS/NUMBER/fs
	for _, before := range []string{"=", ":"} {
		options = strings.ReplaceAll(options, before+dir+"/", before)
	}
	return options, dir
}
