package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestChroot(t *testing.T) {
	needRoot(t)
	d := t.TempDir()
	writeFile(t, d+"/etc/passwd", "jailed:x:0:0::/:/bin/sh\n", 0o644)
	writeFile(t, d+"/etc/group", "jail:x:0:\n", 0o644)
	if err := os.Symlink("../../../../etc/passwd", d+"/etc/link"); err != nil {
		t.Fatal(err)
	}
	outside, err := os.Open("/etc")
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	c := start(t, "chroot", d, func(c *exec.Cmd) { c.ExtraFiles = []*os.File{outside} })
	th, a := look(t, c.pid())
	if cwd, err := th.CWD(a); err != nil || cwd != "/" {
		t.Errorf("CWD = %q, %v", cwd, err)
	}
	for path, want := range map[string]string{
		"/etc/link": "/etc/passwd", "etc/link": "/etc/passwd", "/../x": "/x", "/": "/", "/etc/../..": "/", d: d,
		"/proc/self/exe": "/proc/self/exe", // there is no procfs in there
	} {
		name, exact, err := th.Resolve(a, unix.AT_FDCWD, []byte(path), true)
		if err != nil || !exact || name != want {
			t.Errorf("Resolve(%q) = %q, %v, %v; want %q", path, name, exact, err, want)
		}
	}
	// A descriptor from before leads out of the root: it must not pass for the
	// root's own /etc.
	if name, exact, err := th.Resolve(a, 3, []byte("../etc/hosts"), true); err != nil || exact {
		t.Errorf("Resolve out of the root = %q, %v, %v", name, exact, err)
	}
	if name, err := th.UserName(0); err != nil || name != "jailed" {
		t.Errorf("UserName = %q, %v", name, err)
	}
	if name, err := th.GroupName(0); err != nil || name != "jail" {
		t.Errorf("GroupName = %q, %v", name, err)
	}
}

func TestExeOfARemovedFile(t *testing.T) {
	for _, name := range []string{"prog", "prog (deleted)"} {
		path := filepath.Join(t.TempDir(), name)
		copySelf(t, path)
		c := start(t, "wait", "", func(c *exec.Cmd) { c.Path = path })
		th, a := look(t, c.pid())
		var st unix.Stat_t
		if err := unix.Stat(path, &st); err != nil {
			t.Fatal(err)
		}
		if x, err := th.Exe(a); err != nil || x.Path != path || x.Deleted || x.Memfd || x.Times != timesOf(&st) || x.Changed == 0 {
			t.Errorf("Exe = %+v, %v", x, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if x, err := th.Exe(a); err != nil || x.Path != path || !x.Deleted || x.Memfd {
			t.Errorf("Exe = %+v, %v", x, err)
		}
	}
}

func TestExeOfAMemfd(t *testing.T) {
	fd, err := unix.MemfdCreate("anon", 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "memfd")
	defer file.Close()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(self); err != nil {
		t.Fatal(err)
	}
	c := start(t, "wait", "", func(c *exec.Cmd) { c.Path, c.ExtraFiles = "/proc/self/fd/3", []*os.File{file} })
	th, a := look(t, c.pid())
	x, err := th.Exe(a)
	if err != nil || x.Path != "memfd:anon" || !x.Memfd || x.UpperLayer {
		t.Errorf("Exe = %+v, %v", x, err)
	}
	im, err := th.Image(a, unix.AT_FDCWD, []byte("/proc/self/exe"), 0, []string{"x"})
	if err != nil || im.ExePath != "memfd:anon" || !im.Memfd || im.Comm != "exe" || im.Err != nil {
		t.Errorf("Image = %+v, %v", im, err)
	}
}

func TestCWDThatWasRemoved(t *testing.T) {
	d := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(d, 0o755); err != nil {
		t.Fatal(err)
	}
	c := start(t, "wait", "", func(c *exec.Cmd) { c.Dir = d })
	if err := os.Remove(d); err != nil {
		t.Fatal(err)
	}
	th, a := look(t, c.pid())
	if cwd, err := th.CWD(a); err != nil || cwd != d {
		t.Errorf("CWD = %q, %v", cwd, err)
	}
	if name, _, err := th.Resolve(a, unix.AT_FDCWD, []byte("x/../y"), true); err != nil || name != d+"/y" {
		t.Errorf("Resolve = %q, %v", name, err)
	}
}
