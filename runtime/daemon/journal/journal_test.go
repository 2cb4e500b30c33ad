package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/daemon/journal"
)

// patience is far more than anything here takes on a busy machine.
const patience = 60 * time.Second

func open(t *testing.T, dir string, size int) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func write(t *testing.T, j *journal.Journal, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if err := j.WriteLine([]byte(l + "\n")); err != nil {
			t.Fatal(err)
		}
	}
}

func kept(t *testing.T, j *journal.Journal) (lines []string) {
	t.Helper()
	if err := j.Read(t.Context(), false, func(l []byte) error { lines = append(lines, string(l)); return nil }); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestKeepsTheLatest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	j := open(t, dir, 1000)
	var all []string
	for i := range 100 {
		all = append(all, fmt.Sprintf("line %03d 0123456789", i))
	}
	write(t, j, all...)
	got := kept(t, j)
	if len(got) < 20 || len(got) > 50 || !slices.Equal(got, all[100-len(got):]) {
		t.Errorf("kept %d lines: %q", len(got), got)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info, err)
	}
	j.Close()
	if again := kept(t, open(t, dir, 1000)); !slices.Equal(again, got) {
		t.Errorf("after a restart: %q", again)
	}
	if err := j.WriteLine([]byte("late\n")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

// A daemon that was killed in the middle of a line spoils no other.
func TestTornLine(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "events.jsonl"), []byte("first\nsecond is to"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, dir, 1000)
	if got := kept(t, j); !slices.Equal(got, []string{"first"}) {
		t.Errorf("before: %q", got)
	}
	write(t, j, "third")
	if got := kept(t, j); !slices.Equal(got, []string{"first", "second is to", "third"}) {
		t.Errorf("after: %q", got)
	}
}

func TestFollow(t *testing.T) {
	j := open(t, t.TempDir(), 400)
	write(t, j, "before")
	seen := make(chan string, 1000)
	ended := make(chan error, 1)
	go func() {
		ended <- j.Read(context.Background(), true, func(l []byte) error { seen <- string(l); return nil })
	}()
	next := func() string {
		t.Helper()
		select {
		case l := <-seen:
			return l
		case <-time.After(patience):
			t.Fatal("no line")
			return ""
		}
	}
	if l := next(); l != "before" {
		t.Fatalf("read %q", l)
	}
	for i := range 50 { // over many rotations
		want := fmt.Sprintf("line %d %s", i, strings.Repeat("x", 50))
		write(t, j, want)
		if l := next(); l != want {
			t.Fatalf("read %q, want %q", l, want)
		}
	}
	j.Close()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("following ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("following did not end")
	}
}

// A reader that was overtaken is told so, and goes on with what is left.
func TestOvertaken(t *testing.T) {
	j := open(t, t.TempDir(), 400)
	write(t, j, "0")
	var got []string
	err := j.Read(t.Context(), false, func(l []byte) error {
		if l == nil {
			got = append(got, "gap")
			return nil
		}
		if got = append(got, string(l)[:1]); len(got) == 1 {
			for range 5 { // one that fits beside the 0, four with a rotation each
				write(t, j, "1"+strings.Repeat("x", 190))
			}
		}
		return nil
	})
	if err != nil || !slices.Equal(got, []string{"0", "1", "gap", "1", "1"}) {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestLongLine(t *testing.T) {
	dir := t.TempDir()
	content := "a\n" + strings.Repeat("x", 5<<20) + "\nb\n"
	if err := os.WriteFile(filepath.Join(dir, "events.jsonl"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, open(t, dir, 1<<30)); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("read %d lines", len(got))
	}
}

func TestRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/dev/null", filepath.Join(dir, "events.jsonl")); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(dir, 1000); err == nil {
		t.Error("a symbolic link was followed")
	}
	if _, err := journal.Open("/dev/null/x", 1000); err == nil {
		t.Error("a directory below a file was opened")
	}
}
