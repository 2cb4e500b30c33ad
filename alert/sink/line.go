package sink

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// lineWriter writes whole lines to a descriptor. It calls write(2) itself
// because an os.File on descriptor 1 or 2 ends the program at EPIPE, and with
// it would end everything that callgate supervises.
type lineWriter struct {
	fd   int
	torn bool // the last line was written in part
}

// write writes the line with one write(2), or several where the kernel takes
// only a part. After a line that was cut short (a full disk) the next begins
// with a newline, so that it stands alone.
func (w *lineWriter) write(line []byte) error {
	if w.torn {
		if _, err := w.all([]byte{'\n'}); err != nil {
			return err
		}
		w.torn = false
	}
	n, err := w.all(line)
	if err != nil && n > 0 {
		w.torn = true
	}
	return err
}

// all writes all of b. The descriptor may be shared with the supervised
// program, which can make it non-blocking at any time: then it waits in poll.
func (w *lineWriter) all(b []byte) (written int, err error) {
	for written < len(b) {
		n, err := unix.Write(w.fd, b[written:])
		switch {
		case err == nil && n == 0:
			return written, io.ErrShortWrite
		case err == nil:
			written += n
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			if err := w.wait(); err != nil {
				return written, err
			}
		default:
			return written, err
		}
	}
	return written, nil
}

func (w *lineWriter) wait() error {
	fds := []unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLOUT}}
	if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	return nil
}
