package sink

import "golang.org/x/sys/unix"

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
func (s *Stream) WriteLine(line []byte) error { return s.out.write(line) }

// Write writes p like a line, so that a Stream can take messages too.
func (s *Stream) Write(p []byte) (int, error) {
	if err := s.out.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close leaves the descriptor open: it is not the sink's own.
func (s *Stream) Close() error { return nil }
