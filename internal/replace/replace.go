// Package replace puts files in the place of others in one step.
package replace

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// File puts a file in another's place in one step, with the mode and owner
// of the given one. When it fails, on a full disk too, the old file is what it
// was. Nothing waits for the disk: no container outlives the power failure
// after which a bundle could be found torn.
func File(path string, content []byte, like os.FileInfo) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("replace %s: %w", path, err)
		}
	}()
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed {
			f.Close()
			_ = os.Remove(f.Name()) // the error to tell is the first
		}
	}()
	if err := take(f, like); err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	renamed = true
	return nil
}

// take gives a file the owner and mode of another.
func take(f *os.File, like os.FileInfo) error {
	if st, ok := like.Sys().(*syscall.Stat_t); ok {
		// Owner first: changing it may clear bits of the mode (chown(2)).
		if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return f.Chmod(like.Mode().Perm())
}
