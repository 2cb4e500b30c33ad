package bundle

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// replace puts a file in another's place in one step, with the mode and owner
// of the given one. When it fails, on a full disk too, the old file is what it
// was.
func replace(path string, content []byte, like os.FileInfo) (err error) {
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
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	renamed = true
	return syncDir(dir)
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

// syncDir makes a rename last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
