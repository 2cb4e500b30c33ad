package sink

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// Stream is a sink on a descriptor that callgate was started with.
type Stream struct {
	name string
	out  lineWriter
}

// Stderr is the sink on standard error.
func Stderr() *Stream { return &Stream{name: "stderr", out: lineWriter{fd: unix.Stderr}} }

// Stdout is the sink on standard output.
func Stdout() *Stream { return &Stream{name: "stdout", out: lineWriter{fd: unix.Stdout}} }

// Name is stderr or stdout.
func (s *Stream) Name() string { return s.name }

// WriteLine writes one line. It waits while a reader is slow.
func (s *Stream) WriteLine(line []byte) error {
	if isRaw(s.out.fd) {
		// A newline alone would go down and not to the left.
		line = append([]byte("\r"), bytes.ReplaceAll(line, []byte("\n"), []byte("\r\n"))...)
	}
	return s.out.write(line)
}

// isRaw reports whether a descriptor is a terminal that a program has switched
// to raw output (termios(3), OPOST), as editors do.
func isRaw(fd int) bool {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil && t.Oflag&unix.OPOST == 0
}

// Write writes p like a line, so that a Stream can take messages too.
func (s *Stream) Write(p []byte) (int, error) {
	if err := s.WriteLine(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close leaves the descriptor open: it is not the sink's own.
func (s *Stream) Close() error { return nil }
