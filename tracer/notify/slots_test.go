package notify_test

import (
	"encoding/binary"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/tracer/notify"
)

func duplicate(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

func newSlots(t *testing.T) *notify.Slots {
	t.Helper()
	s, err := notify.NewSlots()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestTableIsShared(t *testing.T) {
	s := newSlots(t)
	other, err := notify.OpenSlots(duplicate(t, s.File()))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if other.Entered() || other.Owned() != 0 {
		t.Error("a new table is not empty")
	}
	if s.SetEntered(); !other.Entered() {
		t.Error("what one holder notes the other does not see")
	}
}

// A table comes from another process, perhaps of another version.
func TestTableIsValidated(t *testing.T) {
	size := func() int64 {
		st, err := newSlots(t).File().Stat()
		if err != nil {
			t.Fatal(err)
		}
		return st.Size()
	}()
	table := func(seals int, size int64, head func(b []byte)) *os.File {
		fd, err := unix.MemfdCreate("table", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fd), "table")
		t.Cleanup(func() { f.Close() })
		b := make([]byte, size)
		binary.NativeEndian.PutUint64(b, 0x73746f6c732d6763)
		binary.NativeEndian.PutUint32(b[8:], 1)
		binary.NativeEndian.PutUint32(b[12:], 256)
		head(b)
		if _, err := f.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals); err != nil {
			t.Fatal(err)
		}
		return f
	}
	const sealed = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	as := func([]byte) {}
	plain, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if err := plain.Truncate(size); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]*os.File{
		"not sealed":     table(0, size, as),
		"may shrink":     table(unix.F_SEAL_GROW, size, as),
		"too short":      table(sealed, size-1, as),
		"too long":       table(sealed, size+1, as),
		"other magic":    table(sealed, size, func(b []byte) { b[0] = 0 }),
		"other version":  table(sealed, size, func(b []byte) { b[8]++ }),
		"other count":    table(sealed, size, func(b []byte) { b[12]++ }),
		"more are used":  table(sealed, size, func(b []byte) { b[17] = 0xff }),
		"a regular file": plain,
	} {
		if _, err := notify.OpenSlots(f); err == nil {
			t.Errorf("%s: it is opened", name)
		}
		if _, err := f.Stat(); err != nil {
			t.Errorf("%s: a refused file is closed: %v", name, err)
		}
	}
	s, err := notify.OpenSlots(duplicate(t, table(sealed, size, as)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.File().Truncate(1); err == nil {
		t.Error("the size can be changed")
	}
}
