package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() { roles["container"] = containerRole }

// containerRole is what a runtime does: mounts of its own, an overlay as root,
// a procfs of its own pid namespace, and a program from the image.
func containerRole() error {
	d := os.Getenv("ROLE_ARG")
	root := d + "/root"
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", d+"/lower", d+"/up per", d+"/work")
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if os.Getenv("ROLE_MOUNTED") == "" {
		if err := unix.Mount("overlay", root, "overlay", 0, options); err != nil {
			return fmt.Errorf("mount overlay: %w", err)
		}
	}
	// A test binary with the race detector needs the machine's libraries.
	for _, lib := range []string{"/usr", "/lib", "/lib64"} {
		if err := unix.Mount(lib, root+lib, "", unix.MS_BIND|unix.MS_REC, ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("mount %s: %w", lib, err)
		}
	}
	if err := unix.Mount("proc", root+"/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	if err := errors.Join(unix.Chdir(root), unix.PivotRoot(".", "."), unix.Unmount(".", unix.MNT_DETACH), unix.Chdir("/home")); err != nil {
		return fmt.Errorf("pivot: %w", err)
	}
	return unix.Exec("/bin/child", []string{"child", "one", ""}, []string{roleVar + "=wait", "A=1", "B="})
}

// container starts a process in an overlay, below directory d of the host.
// mounted: the overlay is mounted outside, as containerd does.
func container(t *testing.T, mounted bool) (c *running, d string) {
	t.Helper()
	needRoot(t)
	d = t.TempDir()
	for _, dir := range []string{
		"root", "up per", "work", "lower/proc", "lower/usr", "lower/lib", "lower/lib64", "lower/home", "lower/etc",
	} {
		if err := os.MkdirAll(filepath.Join(d, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	copySelf(t, d+"/lower/bin/child")
	writeFile(t, d+"/lower/etc/passwd", "inner:x:0:0::/:/bin/sh\n", 0o644)
	if err := os.Symlink("/etc/passwd", d+"/lower/etc/link"); err != nil {
		t.Fatal(err)
	}
	if mounted {
		options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", d+"/lower", d+"/up per", d+"/work")
		err := unix.Mount("overlay", d+"/root", "overlay", 0, options)
		need(t, err == nil, "overlay mounts")
		t.Cleanup(func() { _ = unix.Unmount(d+"/root", unix.MNT_DETACH) })
	}
	c, err := tryStart(t, "container", d, func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID}
		if mounted {
			c.Env = append(c.Env, "ROLE_MOUNTED=1")
		}
	})
	need(t, err == nil, fmt.Sprint("mount and pid namespaces and overlay mounts: ", err))
	return c, d
}

func TestContainer(t *testing.T) {
	c, d := container(t, true)
	th, a := look(t, c.pid())
	exe, err := th.Exe(a)
	if err != nil || exe.Path != "/bin/child" || exe.Memfd || exe.Deleted || exe.UpperLayer || !exe.Known {
		t.Errorf("Exe = %+v, %v", exe, err)
	}
	if cwd, err := th.CWD(a); err != nil || cwd != "/home" {
		t.Errorf("CWD = %q, %v", cwd, err)
	}
	s, err := th.Status()
	if err != nil || s.VPID != 1 || s.VTID != 1 || s.TGID != c.pid() {
		t.Errorf("Status = %+v, %v", s, err)
	}
	if argv, err := th.Cmdline(a); err != nil || fmt.Sprintf("%q", argv) != `["child" "one" ""]` {
		t.Errorf("Cmdline = %q, %v", argv, err)
	}
	if arg, err := th.FirstArg(a); err != nil || arg != "child" {
		t.Errorf("FirstArg = %q, %v", arg, err)
	}
	if env, err := th.Environ(a); err != nil || env != roleVar+"=wait\x00A=1\x00B=\x00" {
		t.Errorf("Environ = %q, %v", env, err)
	}
	if name, err := th.UserName(0); err != nil || name != "inner" {
		t.Errorf("UserName = %q, %v", name, err)
	}
	for path, want := range map[string]string{
		"/etc/link":          "/etc/passwd",
		"../../../etc/link":  "/etc/passwd",
		"new":                "/home/new",
		"/proc/self/comm":    "/proc/1/comm",
		"/proc/self/exe":     "/bin/child",
		"/proc/thread-self":  "/proc/1/task/1",
		"/proc/self/root":    "/",
		d + "/lower":         d + "/lower", // doesn't exist in there
		"/proc/self/cwd/../": "/",
	} {
		name, exact, err := th.Resolve(a, unix.AT_FDCWD, []byte(path), true)
		if err != nil || !exact || name != want {
			t.Errorf("Resolve(%q) = %q, %v, %v; want %q", path, name, exact, err, want)
		}
	}
	if th.SamePIDNamespace() {
		t.Error("SamePIDNamespace in a container")
	}
	if pid, err := th.TranslatePID(1); err != nil || pid != c.pid() {
		t.Errorf("TranslatePID(1) = %d, %v; want %d", pid, err, c.pid())
	}
	if _, err := th.TranslatePID(99); !errors.Is(err, ErrGone) {
		t.Errorf("TranslatePID(99): %v", err)
	}
}

func TestUpperLayer(t *testing.T) {
	for _, mounted := range []bool{true, false} {
		t.Run(fmt.Sprint("mounted outside ", mounted), func(t *testing.T) {
			c, d := container(t, mounted)
			th, a := look(t, c.pid())
			inside := fmt.Sprintf("/proc/%d/root", c.pid())
			writeFile(t, inside+"/bin/written", "#!/bin/child\n", 0o755)
			writeFile(t, inside+"/new dir/prog", "\x7fELF............\x02\x00", 0o755)
			for path, upper := range map[string]bool{
				"/bin/child":    false,
				"/bin/written":  false, // its interpreter is what runs
				"/new dir/prog": true,
			} {
				im, err := th.Image(a, unix.AT_FDCWD, []byte(path), 0, []string{"x"})
				want := Layer{UpperLayer: upper, Known: mounted}
				if !mounted {
					// Neither callgate's mounts nor the container show the
					// directories that the overlay was made of.
					want.UpperLayer = false
				}
				if err != nil || im.Err != nil || im.Layer != want {
					t.Errorf("Image(%s) = %+v, %v; want %+v", path, im, err, want)
				}
			}
			if mounted {
				// Changing a file's mode copies it up.
				if err := os.Chmod(inside+"/bin/child", 0o555); err != nil {
					t.Fatal(err)
				}
				if x, err := th.Exe(a); err != nil || !x.UpperLayer || !x.Known {
					t.Errorf("Exe after the copy = %+v, %v", x, err)
				}
				if _, err := os.Stat(d + "/up per/bin/child"); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
