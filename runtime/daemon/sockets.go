package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
)

// lock keeps a second daemon from the same socket. The lock ends with the
// process, however it ends.
func lock(path string) (*os.File, error) {
	if err := makeDirectory(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w%s", err, asRoot(err))
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errors.New("another callgate daemon runs; end it first, or give this one a control_socket of its own")
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// makeDirectory makes the directory of a socket where it is missing.
func makeDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory of the sockets: %w%s", err, asRoot(err))
	}
	return nil
}

// asRoot is a hint for those who are not root.
func asRoot(err error) string {
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		return " (callgate daemon is started as root)"
	}
	return ""
}

// open takes the socket that the service manager listens on under a name, or
// makes it.
func open(passed map[string][]*os.File, name, path string) (*socket, error) {
	if files := passed[name]; len(files) > 0 {
		l, err := net.FileListener(files[0])
		for _, f := range files {
			_ = f.Close() // FileListener has a copy
		}
		if err != nil {
			return nil, fmt.Errorf("use the %s socket of the service manager: %w", name, err)
		}
		u, ok := l.(*net.UnixListener)
		if !ok {
			_ = l.Close()
			return nil, fmt.Errorf("use the %s socket of the service manager: it is no unix stream socket", name)
		}
		u.SetUnlinkOnClose(false)
		return &socket{u, true}, nil
	}
	if err := makeDirectory(filepath.Dir(path)); err != nil {
		return nil, err
	}
	l, err := control.Listen(path)
	if err != nil {
		if errors.Is(err, unix.EADDRINUSE) {
			err = fmt.Errorf("%w: another program listens there, or the path is no socket", err)
		}
		return nil, fmt.Errorf("open %s socket: %w%s", name, err, asRoot(err))
	}
	return &socket{l, false}, nil
}

// close stops listening. A socket of its own is removed with it.
func (s *socket) close() { _ = s.Close() }
