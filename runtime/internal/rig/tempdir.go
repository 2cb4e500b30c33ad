package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// A tempDir is a temporary directory that is locked for as long as its process
// lives, so that a later process can tell what a killed one has left.
type tempDir struct {
	path string
	lock *os.File
}

// newTempDir makes one with a short name and removes those of its kind that
// processes left which were killed.
func newTempDir(prefix string) (*tempDir, error) {
	sweep(prefix)
	path, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, err
	}
	d := &tempDir{path: path}
	if d.lock, err = os.Open(path); err == nil {
		err = unix.Flock(int(d.lock.Fd()), unix.LOCK_EX)
	}
	if err != nil {
		_ = d.remove()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return d, nil
}

func (d *tempDir) remove() error {
	if d.lock != nil {
		_ = d.lock.Close()
	}
	return os.RemoveAll(d.path)
}

// sweep removes directories that nobody has locked, with the cgroups of worlds
// that were called after them.
func sweep(prefix string) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*")) // the pattern is well formed
	for _, path := range left {
		// Between making and locking it a young one is unlocked too.
		st, err := os.Stat(path)
		if err != nil || !st.IsDir() || time.Since(st.ModTime()) < time.Minute {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = removeCgroups(filepath.Base(path))
			_ = os.RemoveAll(path)
		}
		_ = f.Close()
	}
}
