package decode

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// TestBoundedArgv: argv that has more, or longer, strings than are read, and one
// that is its own string.
func TestBoundedArgv(t *testing.T) {
	loop := func(m *image) uint64 { return m.put(words(imageBase+16, 0)) }
	big := strings.Repeat("x", 60<<10)
	for _, tt := range []struct {
		what      string
		argv      value
		n, bytes  int
		truncated bool
	}{
		{"none", list(), 0, 0, false},
		{"many", list(make([]string, maxStrings+100)...), maxStrings, 0, true},
		{"just enough", list(make([]string, maxStrings)...), maxStrings, 0, false},
		{"long", list("p", big, big, "hidden"), 3, maxStringBytes - 2, true},
		{"itself", loop, 1, 1, false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			d, err := begin(t, syscalls.AMD64, "execve", &fakeTarget{}, num(0), tt.argv)
			if err != nil {
				t.Fatal(err)
			}
			x, ok := d.Exec()
			argv, err := x.Argv()
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
			total := len(strings.Join(argv, ""))
			if len(argv) != tt.n || total > maxStringBytes || tt.bytes > 0 && total != tt.bytes || x.Truncated() != tt.truncated {
				t.Errorf("%d strings, %d bytes, truncated %v", len(argv), total, x.Truncated())
			}
			if again, _ := x.Argv(); len(again) != len(argv) {
				t.Error("a second look differs")
			}
		})
	}
}

func TestExec(t *testing.T) {
	d, err := begin(t, syscalls.I386, "execveat", &fakeTarget{}, num(dirFD), str("prog"), list("a", "b"), list("K=v"), num(unix.AT_EMPTY_PATH))
	if err != nil {
		t.Fatal(err)
	}
	x, ok := d.Exec()
	path, err := x.Path()
	if !ok || err != nil || string(path) != "prog" || x.Dir() != dirFD || x.Flags() != unix.AT_EMPTY_PATH {
		t.Errorf("%q from %d with %#x: %v, %v", path, x.Dir(), x.Flags(), ok, err)
	}
	env, err := x.Envp()
	if err != nil || len(env) != 1 || env[0] != "K=v" {
		t.Errorf("environment %q, %v", env, err)
	}
	if d, err = begin(t, syscalls.AMD64, "execve", &fakeTarget{}, str("p")); err != nil {
		t.Fatal(err)
	}
	if x, ok := d.Exec(); !ok || x.Dir() != unix.AT_FDCWD || x.Flags() != 0 {
		t.Errorf("execve: %v, %d, %d", ok, x.Dir(), x.Flags())
	}
	if d, _ = begin(t, syscalls.AMD64, "dup", &fakeTarget{}); d != nil {
		if _, ok := d.Exec(); ok {
			t.Error("dup is an exec")
		}
	}
}

// TestUnalignedArgv: a pointer across the border of two pages.
func TestUnalignedArgv(t *testing.T) {
	argv := func(m *image) uint64 {
		s := m.put([]byte("arg\x00"))
		m.b = append(m.b, bytes.Repeat([]byte{1}, pageSize-len(m.b)-11)...)
		at := imageBase + uint64(len(m.b))
		for range 3 {
			m.b = binary.LittleEndian.AppendUint64(m.b, s)
		}
		m.b = append(m.b, make([]byte, 8)...)
		return at
	}
	d, err := begin(t, syscalls.AMD64, "execve", &fakeTarget{}, num(0), argv)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := d.Exec()
	if got, err := x.Argv(); err != nil || strings.Join(got, ",") != "arg,arg,arg" {
		t.Errorf("%q, %v", got, err)
	}
}
