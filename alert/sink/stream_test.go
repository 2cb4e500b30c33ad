package sink

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/testdata/pty"
)

// Lines begin at the left margin of a terminal, whatever a program has made of
// it.
func TestLinesOnATerminal(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	defer func() { _, _ = master.Close(), terminal.Close() }()
	fd := int(terminal.Fd())
	s := &Stream{name: "terminal", out: lineWriter{fd: fd}}
	write := func(want string) {
		t.Helper()
		if err := s.WriteLine([]byte("alert\n")); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 100)
		if n, err := master.Read(b); err != nil || string(b[:n]) != want {
			t.Errorf("%q arrived (%v), not %q", b[:n], err, want)
		}
	}
	write("alert\r\n")
	mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Oflag &^= unix.OPOST
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, mode); err != nil {
		t.Fatal(err)
	}
	write("\ralert\r\n")
}
