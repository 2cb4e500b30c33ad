package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// linesOf makes a file for the scanners.
func linesOf(t testing.TB, text string) *lines {
	t.Helper()
	fd, err := unix.MemfdCreate("lines", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFD(fd) })
	if _, err := unix.Pwrite(fd, []byte(text), 0); err != nil && text != "" {
		t.Fatal(err)
	}
	return &lines{fd: fd, left: userFileLimit}
}

func TestFindID(t *testing.T) {
	long := strings.Repeat("z", 9000)
	for name, k := range map[string]struct {
		text string
		id   uint32
		want string
	}{
		"plain":           {"root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/:/bin/sh\n", 1000, "bob"},
		"first of two":    {"a:x:7:\nb:x:7:\n", 7, "a"},
		"none":            {"a:x:7:\n", 8, ""},
		"no newline":      {"a:x:7:", 7, "a"},
		"too few fields":  {"a:x:7\nb:7\nc\n::7:\n", 7, ""},
		"not a number":    {"a:x:+7:\nb:x: 7:\nc:x:07x:\nd:x:-1:\n", 7, ""},
		"control bytes":   {"a\x1b[2J:x:7:\nb\r:x:7:\nc d:x:7:\n-e:x:7:\n", 7, ""},
		"too long a name": {strings.Repeat("n", 65) + ":x:7:\nok:x:7:\n", 7, "ok"},
		"long line":       {"a:" + long + ":7:\nb:x:7:\n", 7, "b"},
		"long tail":       {"a:x:7:" + long + "\nb:x:8:\n", 8, "b"},
		"tail of a line":  {"a:x:1:" + strings.Repeat("z", 4096-6) + "evil:x:7:\n", 7, ""},
		"nul":             {"a\x00b:x:7:\n", 7, ""},
		"overflow":        {"a:x:4294967303:\nb:x:18446744073709551623:\n", 7, ""},
		"nis":             {"+::::::\nb:x:7:\n", 7, "b"},
		"empty":           {"", 0, ""},
	} {
		if got := findID(linesOf(t, k.text), k.id); got != k.want {
			t.Errorf("%s: findID = %q, want %q", name, got, k.want)
		}
	}
}

func TestMapID(t *testing.T) {
	l := "         0     100000      65536\n     70000       1000          1\n 5 4294967295 10\n"
	for id, want := range map[uint32]int{100000: 0, 165535: 65535, 165536: -1, 99999: -1, 1000: 70000, 0: -1, 4294967294: -1} {
		got, ok := mapID(linesOf(t, l), id)
		if ok != (want >= 0) || ok && int(got) != want {
			t.Errorf("mapID(%d) = %d, %v; want %d", id, got, ok, want)
		}
	}
}

func FuzzUsers(f *testing.F) {
	f.Add("root:x:0:0::/:\n", uint32(0))
	f.Add("0 1000 1\n", uint32(1000))
	f.Fuzz(func(t *testing.T, text string, id uint32) {
		if len(text) > userFileLimit {
			t.Skip("larger than any that is read")
		}
		if name := findID(linesOf(t, text), id); name != "" && (!validName([]byte(name)) || !strings.Contains(text, name)) {
			t.Errorf("findID(%q) = %q", text, name)
		}
		_, _ = mapID(linesOf(t, text), id)
	})
}

// hostile replaces /etc/passwd of a chroot by something else.
func TestHostileUserFiles(t *testing.T) {
	needRoot(t)
	d := t.TempDir()
	passwd := filepath.Join(d, "etc", "passwd")
	writeFile(t, passwd, "", 0o644)
	c := start(t, "chroot", d, nil)
	th, _ := look(t, c.pid())
	for name, make := range map[string]func() error{
		"fifo":      func() error { return unix.Mkfifo(passwd, 0o644) },
		"device":    func() error { return unix.Mknod(passwd, unix.S_IFCHR|0o644, int(unix.Mkdev(1, 5))) },
		"directory": func() error { return os.Mkdir(passwd, 0o755) },
		"loop":      func() error { return os.Symlink("passwd", passwd) },
		"outside":   func() error { return os.Symlink("/../../../../../../../../../proc/self/environ", passwd) },
		"huge": func() error {
			writeFile(t, passwd, "root:x:0:0::/:\n", 0o644)
			return os.Truncate(passwd, userFileLimit+1)
		},
	} {
		if err := os.RemoveAll(passwd); err != nil {
			t.Fatal(err)
		}
		if err := make(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, _ := th.UserName(0); got != "" {
			t.Errorf("%s: UserName = %q", name, got)
		}
	}
	// A file that changes is read again.
	for _, name := range []string{"one", "two", "three"} {
		_ = os.RemoveAll(passwd)
		writeFile(t, passwd, name+":x:0:0::/:\n", 0o644)
		for range 2 {
			if got, err := th.UserName(0); err != nil || got != name {
				t.Errorf("UserName = %q, %v; want %q", got, err, name)
			}
		}
	}
	if got, err := th.UserName(-1); err != nil || got != "" {
		t.Errorf("UserName(-1) = %q, %v", got, err)
	}
}

func TestUserNamespace(t *testing.T) {
	needRoot(t)
	d := t.TempDir()
	copySelf(t, d+"/child")
	writeFile(t, d+"/etc/passwd", "inner:x:0:0::/:\nother:x:100000:0::/:\n", 0o644)
	writeFile(t, d+"/etc/group", "ingroup:x:5:\n", 0o644)
	openUp(t, d)
	c, err := tryStart(t, "chroot", d, func(c *exec.Cmd) {
		c.Path = d + "/child"
		c.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 100000, Size: 1000}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 200000, Size: 1000}},
			Credential:  &syscall.Credential{Uid: 0, Gid: 5},
		}
	})
	need(t, err == nil, "user namespaces")
	th, _ := look(t, c.pid())
	s, err := th.Status()
	if err != nil || s.UID != 100000 || s.GID != 200005 {
		t.Fatalf("Status = %+v, %v", s, err)
	}
	if name, err := th.UserName(s.UID); err != nil || name != "inner" {
		t.Errorf("UserName = %q, %v", name, err)
	}
	if name, err := th.GroupName(s.GID); err != nil || name != "ingroup" {
		t.Errorf("GroupName = %q, %v", name, err)
	}
	for uid, want := range map[int]string{0: "inner", 100000: "other", 5: "", -1: "", 1<<32 - 1: ""} {
		if name, err := th.OwnUserName(uid); err != nil || name != want {
			t.Errorf("OwnUserName(%d) = %q, %v; want %q", uid, name, err, want)
		}
	}
	if name, err := th.UserName(0); err != nil || name != "" {
		t.Errorf("UserName of an id that has none in there = %q, %v", name, err)
	}
}
