package sink

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A line that was cut short must not swallow the start of the next one. The
// disk "fills" by a limit on the file's size.
func TestTornLineStandsAlone(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(unix.SIGXFSZ)
	defer signal.Reset(unix.SIGXFSZ)
	path := filepath.Join(t.TempDir(), "alerts")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()

	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 10, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	first := f.WriteLine([]byte("complete\n"))
	second := f.WriteLine([]byte("cut short\n"))
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	third := f.WriteLine([]byte("whole\n"))

	if first != nil || !errors.Is(second, unix.EFBIG) || third != nil {
		t.Errorf("errors: %v, %v, %v", first, second, third)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "complete\nc\nwhole\n" {
		t.Errorf("content %q, %v", got, err)
	}
}

// Streams share their descriptor with the supervised program, which can make
// it non-blocking.
func TestNonBlockingStreamWaits(t *testing.T) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	s := &Stream{name: "pipe", out: lineWriter{fd: p[1]}}
	line := make([]byte, 200_000) // more than a pipe holds
	for i := range line {
		line[i] = byte('a' + i%26)
	}
	done := make(chan error)
	go func() { done <- s.WriteLine(line) }()
	r := os.NewFile(uintptr(p[0]), "pipe")
	got := make([]byte, 0, len(line))
	buf := make([]byte, 4096)
	for len(got) < len(line) {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if err := <-done; err != nil || string(got) != string(line) {
		t.Errorf("write: %v; %d bytes arrived", err, len(got))
	}
	if err := errors.Join(s.Close(), r.Close(), unix.Close(p[1])); err != nil {
		t.Error(err)
	}
}
