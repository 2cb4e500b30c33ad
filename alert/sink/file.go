package sink

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// File is a sink that appends to a file.
type File struct {
	path string

	mu  sync.Mutex
	out lineWriter
}

// Open opens the file at path, or makes it with mode 0600. It must be a regular
// file, a named pipe that has a reader, or a character device; a symbolic link
// in the last component is refused, because the text that goes there is partly
// chosen by the supervised program.
func Open(path string) (*File, error) {
	fd, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, out: lineWriter{fd: fd, torn: endsTorn(fd)}}, nil
}

// endsTorn tells that a file ends with a part of a line: a program that is killed
// while it writes leaves one where the line crosses a page.
func endsTorn(fd int) bool {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size == 0 {
		return false
	}
	f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", fd)) // to read what was opened to be written, not what has its name by now
	if err != nil {
		return false
	}
	defer f.Close()
	last := make([]byte, 1)
	_, err = f.ReadAt(last, st.Size-1)
	return err == nil && last[0] != '\n'
}

func openFile(path string) (int, error) {
	// O_NONBLOCK keeps the open of a named pipe without reader from hanging
	// (fifo(7)); regular files do not know it.
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NOCTTY|unix.O_NONBLOCK, 0o600)
	switch {
	case err == unix.ELOOP:
		return -1, fmt.Errorf("open alert file %s: it is a symbolic link: %w", path, err)
	case err == unix.ENXIO:
		return -1, fmt.Errorf("open alert file %s: it is a socket, or a named pipe that nobody reads: %w", path, err)
	case err != nil:
		return -1, fmt.Errorf("open alert file %s: %w", path, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("stat alert file %s: %w", path, err)
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFIFO, unix.S_IFCHR:
		return fd, nil
	}
	_ = unix.Close(fd)
	return -1, fmt.Errorf("open alert file %s: it is neither a regular file nor a pipe nor a device", path)
}

// Name is file:PATH.
func (f *File) Name() string { return "file:" + f.path }

// WriteLine appends one line.
func (f *File) WriteLine(line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.out.fd < 0 {
		return os.ErrClosed
	}
	return f.out.write(line)
}

// Reopen opens the path again and then closes the old file: a renamed file is
// left behind complete. When the path can't be opened the old file stays in use.
func (f *File) Reopen() error {
	fd, err := openFile(f.path)
	if err != nil {
		return err
	}
	f.mu.Lock()
	old := f.out.fd
	if old < 0 { // closed in the meantime
		old = fd
	} else {
		f.out = lineWriter{fd: fd, torn: endsTorn(fd)}
	}
	f.mu.Unlock()
	return closeFD(f.path, old)
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	fd := f.out.fd
	f.out.fd = -1
	if fd < 0 {
		return nil
	}
	return closeFD(f.path, fd)
}

func closeFD(path string, fd int) error {
	if err := unix.Close(fd); err != nil {
		return fmt.Errorf("close alert file %s: %w", path, err)
	}
	return nil
}
