package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// runnerName is what init starts: a process of its own, so that init can wait for
// whatever has lost its parent.
const runnerName = "callgate-vm-runner"

// initMain is the machine's first process. It never returns.
func initMain() {
	if err := errors.Join(switchRoot(), prepare()); err != nil {
		fmt.Println("callgate-vm: init:", err)
	} else if p, err := os.StartProcess("/init", []string{runnerName}, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Env: environment("root")}); err != nil {
		fmt.Println("callgate-vm: init:", err)
	} else {
		for pid := -1; pid != p.Pid; {
			pid, _ = unix.Wait4(-1, nil, 0, nil)
		}
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART) // with -no-reboot the machine ends
	select {}
}

// switchRoot goes to a copy of the first root, which can't be left by
// pivot_root(2).
func switchRoot() error {
	const to = "/newroot"
	if err := os.Mkdir(to, 0o755); err != nil { //nolint:gosec // for every user of the machine
		return err
	}
	if err := unix.Mount("tmpfs", to, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount a root: %w", err)
	}
	err := filepath.WalkDir("/", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == to:
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to+path, 0o755) //nolint:gosec // for every user of the machine
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			return errors.Join(err, os.Symlink(target, to+path)) //nolint:gosec // nobody else is there yet
		case !d.Type().IsRegular():
			return nil // the console, which devtmpfs has too
		}
		return errors.Join(copyFile(path, to+path), os.Remove(path)) //nolint:gosec // nobody else is there yet
	})
	return errors.Join(err, os.Chdir(to), unix.Mount(".", "/", "", unix.MS_MOVE, ""), unix.Chroot("."), os.Chdir("/"))
}

// mounts are what a system has mounted.
var mounts = []struct {
	kind, at, options string
}{
	{"proc", "/proc", ""},
	{"sysfs", "/sys", ""},
	{"devtmpfs", "/dev", ""},
	{"devpts", "/dev/pts", "mode=620,ptmxmode=666"},
	{"tmpfs", "/dev/shm", "mode=1777"},
	{"tmpfs", "/tmp", "mode=1777"},
	{"cgroup2", "/sys/fs/cgroup", ""},
}

func prepare() error {
	for _, m := range mounts {
		if err := os.MkdirAll(m.at, 0o755); err != nil { //nolint:gosec // for every user of the machine
			return err
		}
		if err := unix.Mount(m.kind, m.at, m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	for i, name := range []string{"stdin", "stdout", "stderr"} {
		if err := os.Symlink(fmt.Sprint("/proc/self/fd/", i), "/dev/"+name); err != nil {
			return err
		}
	}
	if err := os.Symlink("/proc/self/fd", "/dev/fd"); err != nil {
		return err
	}
	for _, name := range moduleNames {
		f, err := os.Open("/modules/" + name)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		if errors.Is(err, unix.ENOEXEC) {
			err = unix.FinitModule(int(f.Fd()), "", unix.MODULE_INIT_COMPRESSED_FILE)
		}
		if err != nil {
			return fmt.Errorf("load module %s: %w", name, err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return loopbackUp()
}

// loopbackUp is ip link set lo up.
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return fmt.Errorf("make a socket: %w", err)
	}
	defer unix.Close(s)
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, r); err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	return nil
}

// environment is what tests run in: nothing is skipped here that the machine was
// made for.
func environment(user string) []string {
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp/" + user, "TMPDIR=/tmp/" + user, "CALLGATE_VM=1", "CALLGATE_PROGRAMS=/tests"}
	if user == "root" {
		env = append(env, "CALLGATE_REQUIRE=1")
	}
	return env
}

const nobody = 65534

// runnerMain runs every suite and is the machine's exit status.
func runnerMain() int {
	var u unix.Utsname
	_ = unix.Uname(&u)
	fmt.Printf("callgate-vm: Linux %s\n", unix.ByteSliceToString(u.Release[:]))
	last := passed
	for _, s := range suites {
		if _, err := os.Stat(testPath(s.pkg)); err != nil {
			continue // not asked for
		}
		start := time.Now()
		state := "ok"
		if err := s.test(); err != nil {
			state, last = "FAIL "+err.Error(), failed
		}
		fmt.Printf("callgate-vm: %s as %s: %s (%v)\n", s.pkg, s.as, state, time.Since(start).Round(100*time.Millisecond))
	}
	fmt.Println(last)
	return 0
}

func (s *suite) test() error {
	home := "/tmp/" + s.as
	if err := os.MkdirAll(home, 0o755); err != nil { //nolint:gosec // for every user of the machine
		return err
	}
	cmd := exec.Command(testPath(s.pkg), "-test.short", "-test.timeout=10m", "-test.run="+s.run, "-test.skip="+s.skip)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environment(s.as), home, os.Stdout, os.Stderr
	if s.as == "nobody" {
		if err := os.Chown(home, nobody, nobody); err != nil {
			return err
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd.Run()
}
