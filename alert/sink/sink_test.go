package sink_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/alert/sink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string) *sink.File {
	t.Helper()
	f, err := sink.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func write(t *testing.T, s alert.Sink, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := s.WriteLine([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFileIsPrivateAndAppendedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts")
	write(t, open(t, path), "one")
	write(t, open(t, path), "two")
	if got := content(t, path); got != "one\ntwo\n" {
		t.Errorf("content %q", got)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", st.Mode(), err)
	}
}

// TestLineOfAKilledWriter: what a writer that was killed left of a line does not
// spoil the next one's.
func TestLineOfAKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts")
	if err := os.WriteFile(path, []byte("one\nha"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	write(t, f, "two")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three")
	if got := content(t, path); got != "one\nha\ntwo\nthree\n" {
		t.Errorf("content %q", got)
	}
}

func TestReopenFollowsARotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts")
	f := open(t, path)
	write(t, f, "one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, f, "two")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	write(t, f, "three")
	if old, now := content(t, path+".1"), content(t, path); old != "one\ntwo\n" || now != "three\n" {
		t.Errorf("rotated %q, new %q", old, now)
	}
}

func TestFailedReopenKeepsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts")
	f := open(t, path)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err == nil {
		t.Error("a directory was opened")
	}
	write(t, f, "one")
	if got := content(t, path+".1"); got != "one\n" {
		t.Errorf("content %q", got)
	}
}

func TestClosedFileStaysClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts")
	f := open(t, path)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := f.Reopen(); err != nil {
		t.Errorf("Reopen: %v", err)
	}
	if err := f.WriteLine([]byte("x\n")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("WriteLine: %v", err)
	}
}

func TestParse(t *testing.T) {
	dir := t.TempDir()
	link, fifo, sock := filepath.Join(dir, "link"), filepath.Join(dir, "fifo"), filepath.Join(dir, "dir")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(sock, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ spec, want string }{
		{"", `open sink "": it must be stderr, stdout or file:PATH`},
		{"syslog", `open sink "syslog": it must be stderr, stdout or file:PATH`},
		{"/var/log/x", `open sink "/var/log/x": it must be stderr, stdout or file:PATH`},
		{"file:", `open sink "file:": it names no file`},
		{"file:a\x00b", `open sink "file:a\x00b": the path holds a NUL byte`},
		{"file:" + link, "it is a symbolic link"},
		{"file:" + fifo, "a named pipe that nobody reads"},
		{"file:" + sock, "is a directory"},
		{"file:" + dir + "/no/such", "no such file or directory"},
	} {
		if _, err := sink.Parse(tt.spec); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%q): %v, want %q", tt.spec, err, tt.want)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "target")); err == nil {
		t.Error("the link was followed")
	}
	t.Chdir(dir)
	s, err := sink.Parse("file:alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if want := "file:" + filepath.Join(dir, "alerts"); s.Name() != want {
		t.Errorf("name %q, want %q", s.Name(), want)
	}
	for _, name := range []string{"stderr", "stdout"} {
		if s, err := sink.Parse(name); err != nil || s.Name() != name {
			t.Errorf("Parse(%q): %v, %v", name, s, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	var report bytes.Buffer
	path := filepath.Join(t.TempDir(), "alerts")
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{open(t, "/dev/full"), open(t, path)}, Report: &report})
	for i := range 10 {
		q.Put(numbered(0, i))
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := q.Stats()
	if s.Sinks[0].Lost != 10 || s.Sinks[1].Written != 10 {
		t.Errorf("stats: %+v", s.Sinks)
	}
	if !strings.HasPrefix(report.String(), "callgate: write alerts to file:/dev/full: no space left on device") || strings.Count(report.String(), "\n") != 2 {
		t.Errorf("report: %s", report.String())
	}
}

// A pipe whose reader is slow holds the alerts back and loses none, whatever
// the state of O_NONBLOCK (the file sink's own is set).
func TestBlockedPipe(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(fifo, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	reader := os.NewFile(uintptr(fd), fifo)
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{open(t, fifo)}, Capacity: 8})
	const n = 5000 // several times what a pipe holds
	closed := make(chan error)
	go func() {
		for i := range n {
			q.Put(numbered(0, i))
		}
		closed <- q.Close(context.Background())
	}()
	for q.Stats().Waited == 0 { // the pipe is full, and so is the queue
		time.Sleep(time.Millisecond)
	}
	lines := bufio.NewScanner(reader)
	for i := range n {
		if !lines.Scan() || !strings.HasSuffix(lines.Text(), fmt.Sprintf("worker 0 number %d", i)) {
			t.Fatalf("line %d: %q, %v", i, lines.Text(), lines.Err())
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

func TestReaderThatGoesAwayIsALoss(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(fifo, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, fifo)
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteLine([]byte("x\n")); !errors.Is(err, unix.EPIPE) {
		t.Errorf("WriteLine: %v, want EPIPE", err)
	}
}

func numbered(worker, n int) *alert.Alert {
	return &alert.Alert{Time: time.Unix(0, 0), Rule: "r", Priority: "Notice", Output: fmt.Sprintf("worker %d number %d", worker, n)}
}

func TestManyWritersLoseNothing(t *testing.T) {
	const workers, each = 8, 12500
	path := filepath.Join(t.TempDir(), "alerts")
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{open(t, path)}, Capacity: 64})
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				q.Put(numbered(w, i))
			}
		})
	}
	wg.Wait()
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := make([]int, workers) // each worker's alerts come in its order
	for line := range strings.Lines(content(t, path)) {
		var clock string
		var w, n int
		if _, err := fmt.Sscanf(line, "%s Notice worker %d number %d\n", &clock, &w, &n); err != nil || n != next[w] {
			t.Fatalf("line %q: %v; want number %d", line, err, next[w])
		}
		next[w]++
	}
	for w, n := range next {
		if n != each {
			t.Errorf("worker %d: %d alerts, want %d", w, n, each)
		}
	}
}
