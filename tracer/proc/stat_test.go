package proc

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

func TestStatOfAChild(t *testing.T) {
	before := time.Now()
	c := start(t, "wait", "", func(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} })
	th, a := look(t, c.pid())
	st, err := th.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	if st.Name != "proc.test" || st.PPID != os.Getpid() || st.PGRP != c.pid() || st.Session != c.pid() || st.TTY != 0 {
		t.Errorf("Stat = %+v", st)
	}
	// In steps of 10 ms, of two clocks that are read one after the other.
	if at := time.Unix(0, st.Start); at.Before(before.Add(-50*time.Millisecond)) || at.After(time.Now().Add(50*time.Millisecond)) {
		t.Errorf("it started at %v, but was made after %v", at, before)
	}
	parent, name, err := th.Parent(a, st)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Release()
	if own, _ := parent.Name(a); parent.TGID() != os.Getpid() || name != own {
		t.Errorf("parent is %d %q, not %d %q", parent.TGID(), name, os.Getpid(), own)
	}
}

func TestNameIsFreshAfterRename(t *testing.T) {
	for _, name := range []string{"simple", "a b", ") R 1 (", "((", "))", "x\n1 (y) R 7", "\xff\x01", ""} {
		c := start(t, "rename", name, nil)
		th, a := look(t, c.pid())
		st, err := th.Stat(a)
		if err != nil {
			t.Fatal(err)
		}
		got, err := th.Name(a)
		if err != nil {
			t.Fatal(err)
		}
		if got != name || st.Name != name || st.PPID != os.Getpid() {
			t.Errorf("Name = %q, Stat = %+v; want %q", got, st, name)
		}
		c.stop()
	}
}

func TestThreadIsNamedByItsLeader(t *testing.T) {
	c := start(t, "thread", "", nil)
	tid, err := strconv.Atoi(c.say)
	if err != nil {
		t.Fatal(err)
	}
	th, a := look(t, tid)
	st, err := th.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	if name, err := th.Name(a); err != nil || name != "proc.test" || st.Name != name || th.TGID() != c.pid() || th.TID() != tid {
		t.Errorf("Name = %q, %v, Stat = %+v, TGID = %d", name, err, st, th.TGID())
	}
	leader, err := th.Leader()
	if err != nil {
		t.Fatal(err)
	}
	defer leader.Release()
	if leader.TID() != c.pid() {
		t.Errorf("leader is %d, not %d", leader.TID(), c.pid())
	}
	s, err := th.Status()
	if err != nil || s.VTID != tid || s.VPID != c.pid() {
		t.Errorf("Status = %+v, %v", s, err)
	}
	c.stop()
	if _, err := th.Name(a); !errors.Is(err, ErrGone) {
		t.Errorf("Name of a dead thread: %v", err)
	}
}

func TestExecOfAnotherThread(t *testing.T) {
	c := start(t, "threadexec", "", nil)
	th, a := look(t, c.pid())
	if name, err := th.Name(a); err != nil || name != "proc.test" {
		t.Fatalf("Name = %q, %v", name, err)
	}
	if _, err := c.in.Write([]byte("go\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	// The thread that called exec took the leader's number, its handles stay good.
	name, err := th.Name(a)
	if err != nil || name != "exe" {
		t.Errorf("Name = %q, %v", name, err)
	}
	if argv, err := th.Cmdline(a); err != nil || len(argv) != 1 || argv[0] != "after-exec" {
		t.Errorf("Cmdline = %q, %v", argv, err)
	}
}

func TestTTY(t *testing.T) {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	need(t, err == nil, "/dev/ptmx")
	defer closeFD(master)
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	need(t, err == nil, "devpts")
	defer slave.Close()
	c := start(t, "wait", "", func(c *exec.Cmd) {
		c.ExtraFiles = []*os.File{slave}
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	})
	th, a := look(t, c.pid())
	st, err := th.Stat(a)
	if want := int(unix.Mkdev(136, uint32(n))); err != nil || st.TTY != want {
		t.Errorf("TTY = %d, %v; want %d", st.TTY, err, want)
	}
}

func TestParentOfInitIsNone(t *testing.T) {
	th, a := look(t, 1)
	st, err := th.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := th.Parent(a, st); !errors.Is(err, ErrNoParent) {
		t.Errorf("Parent = %v", err)
	}
}

func TestParseStatRefuses(t *testing.T) {
	for _, line := range []string{
		"", "1", "1 (x", "1 x) R", "1 ) (", "1 (x) R", "1 (x) R 0 0 0 0",
		"1 (x) R a 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0",
		"1 (x) R 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 18446744073709551615 0",
	} {
		if st, name, ok := parseStat([]byte(line)); ok {
			t.Errorf("parseStat(%q) = %+v, %q", line, st, name)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("1 (x) R 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0\n"))
	f.Add([]byte("1 () R) R 0 1 1 34816 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		st, name, ok := parseStat(b)
		if ok && (st.Boot < 0 || len(name) > commSize) {
			t.Errorf("parseStat(%q) = %+v, %q", b, st, name)
		}
	})
}

func TestNameOf(t *testing.T) {
	th, a := look(t, os.Getpid())
	c := start(t, "rename", "other", nil)
	if name, err := th.NameOf(a, c.pid()); err != nil || name != "other" {
		t.Errorf("NameOf = %q, %v", name, err)
	}
	c.stop()
	var none event.Arena
	if _, err := th.NameOf(&none, c.pid()); !errors.Is(err, ErrGone) {
		t.Errorf("NameOf a dead process: %v", err)
	}
}
