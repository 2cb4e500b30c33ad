package recording

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

func newEvent(n int) *event.Event {
	e := new(event.Event)
	e.Reset()
	e.Evt.Num, e.Evt.Type, e.Proc.Name = n, "openat", "na\xffme"
	return e
}

func untroubled(t *testing.T) func(error) { return func(err error) { t.Error(err) } }

// record makes a recording of n entries.
func record(t *testing.T, n int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "r")
	w, err := Create(path, "node1", untroubled(t))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var order sync.Mutex
	next := 0
	for range 4 {
		all.Go(func() {
			for {
				order.Lock()
				if next == n {
					order.Unlock()
					return
				}
				next++
				w.Put(&Entry{Call: next, ABI: syscalls.AMD64, Unrunnable: unix.Errno(next % 2), Repeat: next%3 == 0, Event: newEvent(next)})
				order.Unlock()
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll reads entries and checks each, until the error.
func readAll(t *testing.T, r io.Reader) (n int, err error) {
	t.Helper()
	rd, err := NewReader(r)
	if err != nil {
		return 0, err
	}
	if rd.Header.Hostname != "node1" || time.Since(rd.Header.Started) > time.Hour {
		t.Errorf("header %+v", rd.Header)
	}
	for {
		e, err := rd.Next()
		if err != nil {
			return n, err
		}
		n++
		want := Entry{n, syscalls.AMD64, unix.Errno(n % 2), n%3 == 0, e.Event}
		if *e != want || *e.Event != *newEvent(n) {
			t.Fatalf("entry %d: %+v", n, e)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	path := record(t, 1000)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := readAll(t, f); n != 1000 || !errors.Is(err, io.EOF) {
		t.Errorf("%d entries, %v", n, err)
	}
	if _, err := Create(path, "x", untroubled(t)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an older recording: %v", err)
	}
}

// Wherever a file is cut, what stands before the cut is read, and the cut is told.
func TestCut(t *testing.T) {
	content, err := os.ReadFile(record(t, 100))
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for size := range len(content) {
		n, err := readAll(t, bytes.NewReader(content[:size]))
		if !errors.Is(err, ErrCut) {
			t.Fatalf("cut at %d of %d: %d entries, %v", size, len(content), n, err)
		}
		if n < most {
			t.Fatalf("cut at %d: %d entries, fewer than before", size, n)
		}
		most = n
	}
	if most < 99 {
		t.Errorf("%d entries before the last byte", most)
	}
}

// What was flushed survives the writer.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r")
	w, err := Create(path, "node1", untroubled(t))
	if err != nil {
		t.Fatal(err)
	}
	w.Put(&Entry{Call: 1, ABI: syscalls.AMD64, Unrunnable: 1, Event: newEvent(1)})
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n, err := readAll(t, bytes.NewReader(content))
		if n == 1 && errors.Is(err, ErrCut) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d entries, %v", n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// A full disk ends the recording, not the program.
func TestDiskFull(t *testing.T) {
	var troubles []error
	w, err := Create(filepath.Join(t.TempDir(), "r"), "node1", func(err error) { troubles = append(troubles, err) })
	if err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	if err := unix.Dup3(int(full.Fd()), int(w.file.Fd()), unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	w.mu.Unlock()
	for i := range 10_000 {
		w.Put(&Entry{Call: i, ABI: syscalls.AMD64, Event: newEvent(i)})
	}
	if err := w.Close(); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "events are not in it") {
		t.Error(err)
	}
	if len(troubles) != 1 || !errors.Is(troubles[0], unix.ENOSPC) {
		t.Errorf("told of %v", troubles)
	}
}

func zip(lines ...string) io.Reader {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for _, l := range lines {
		_, _ = io.WriteString(w, l+"\n")
	}
	_ = w.Close()
	return &b
}

func TestRefused(t *testing.T) {
	const head = `{"callgate_recording":1,"hostname":"node1","started":"2026-01-02T03:04:05Z"}`
	for _, tt := range []struct {
		file io.Reader
		want string
	}{
		{strings.NewReader("plain text"), "not compressed by gzip"},
		{strings.NewReader(""), "cut before its header"},
		{zip(), "cut before its header"},
		{zip("{}"), "its first line is no header"},
		{zip("[]"), "its first line is no header"},
		{zip(`{"callgate_recording":2}`), "version 2 of the format; this callgate reads version 1"},
		{zip(head, "nonsense"), "line 2: invalid character"},
		{zip(head, `{"call":1,"abi":"vax","event":{}}`), `line 2: unknown ABI "vax"`},
		{zip(head, `{"call":1}`), "line 2 has no event"},
		{zip(head, `{"call":1,"event":{"proc.nam":"x"}}`), "line 2: unknown field proc.nam; did you mean proc.name?"},
		{zip(head, `{"call":1,"event":{"proc.name":"`+strings.Repeat("x", MaxLine)+`"}}`), "after line 1: bufio.Scanner: token too long"},
	} {
		rd, err := NewReader(tt.file)
		if err == nil {
			_, err = rd.Next()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(`{"callgate_recording":1}` + "\n" + `{"call":1,"abi":"amd64","event":{"evt.type":"openat","proc.aname":["a",null]}}` + "\n"))
	f.Add([]byte(`{"callgate_recording":1}` + "\n" + `{"event":{"proc.env":["A=1"],"proc.name":{"base64":"eA=="}}}`))
	f.Fuzz(func(t *testing.T, lines []byte) {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(lines)
		_ = w.Close()
		rd, err := NewReader(&b)
		for err == nil {
			var e *Entry
			if e, err = rd.Next(); err == nil && len(e.append(nil)) == 0 {
				t.Error("an entry is nothing")
			}
		}
	})
}
