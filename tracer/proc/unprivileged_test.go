package proc

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

func init() { roles["supervise"] = superviseRole }

// seen is what a supervisor without root tells of two processes.
type seen struct {
	Own, Foreign map[string]string
}

// superviseRole looks at the processes in ROLE_ARG: one with the same ids, one
// of root.
func superviseRole() error {
	own, foreign, _ := strings.Cut(os.Getenv("ROLE_ARG"), " ")
	tb, err := NewTable(Options{})
	if err != nil {
		return err
	}
	var s seen
	if s.Own, err = lookAtAll(tb, own); err != nil {
		return err
	}
	if s.Foreign, err = lookAtAll(tb, foreign); err != nil {
		return err
	}
	say, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return ready(string(say))
}

// lookAtAll asks everything of one process; what is denied is "denied".
func lookAtAll(tb *Table, number string) (map[string]string, error) {
	pid, err := strconv.Atoi(number)
	if err != nil {
		return nil, err
	}
	th, err := tb.Thread(pid)
	if err != nil {
		return nil, err
	}
	defer th.Release()
	var a event.Arena
	said := map[string]string{}
	add := func(what, value string, err error) {
		switch {
		case errors.Is(err, ErrDenied):
			value = "denied " + value
		case err != nil:
			value = err.Error()
		}
		said[what] = value
	}
	name, err := th.Name(&a)
	add("name", name, err)
	st, err := th.Stat(&a)
	add("ppid", itoa(st.PPID), err)
	s, err := th.Status()
	add("uid", itoa(s.UID), err)
	x, err := th.Exe(&a)
	add("exe", x.Path, err)
	cwd, err := th.CWD(&a)
	add("cwd", cwd, err)
	argv, err := th.Cmdline(&a)
	add("argv0", argv[0], err)
	_, err = th.Environ(&a)
	add("environ", "", err)
	_, err = th.FD(&a, 0)
	add("fd", "", err)
	_, err = th.UserName(0)
	add("user", "", err)
	_, err = th.ReadMem(4096, make([]byte, 1))
	add("mem", "", err)
	for _, path := range []string{"/proc/self/../self/cwd", "b/./../c"} {
		name, exact, err := th.Resolve(&a, unix.AT_FDCWD, []byte(path), true)
		add(path, fmt.Sprint(name, " ", exact), err)
	}
	im, err := th.Image(&a, unix.AT_FDCWD, []byte("/bin/../bin/sh"), 0, []string{"sh"})
	add("image", fmt.Sprint(im.Comm, " ", im.ExePath, " ", im.Exact, " ", im.Err), err)
	return said, nil
}

func TestSupervisorWithoutRoot(t *testing.T) {
	needRoot(t)
	d := t.TempDir()
	copySelf(t, d+"/child")
	openUp(t, d)
	nobody := func(c *exec.Cmd) {
		c.Path, c.Dir = d+"/child", d
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	own := start(t, "wait", "", nobody)
	foreign := start(t, "wait", "", func(c *exec.Cmd) { c.Path, c.Dir = d+"/child", d })
	supervisor := start(t, "supervise", fmt.Sprint(own.pid(), " ", foreign.pid()), nobody)
	var got seen
	if err := json.Unmarshal([]byte(supervisor.say), &got); err != nil {
		t.Fatal(err)
	}
	sh, err := os.Readlink("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	me := itoa(os.Getpid())
	check := func(who string, got, want map[string]string) {
		t.Helper()
		for what, w := range want {
			if !strings.HasPrefix(got[what], w) {
				t.Errorf("%s: %s is %q, want %q", who, what, got[what], w)
			}
		}
	}
	check("own", got.Own, map[string]string{
		"name": "child", "ppid": me, "uid": "65534", "exe": d + "/child", "cwd": d, "environ": "",
		"fd": "", "user": "", "/proc/self/../self/cwd": d + " true", "b/./../c": d + "/c true",
		"mem": "read memory of thread " + itoa(own.pid()) + ": bad address",
	})
	if image := got.Own["image"]; !strings.Contains(image, sh) || !strings.HasSuffix(image, "true <nil>") {
		t.Errorf("own: image is %q", image)
	}
	check("foreign", got.Foreign, map[string]string{
		"name": "child", "ppid": me, "uid": "0", "exe": "denied", "cwd": "denied", "environ": "denied", "fd": "denied",
		"user": "denied", "mem": "denied", "/proc/self/../self/cwd": "denied /proc/self/cwd false",
		"b/./../c": "denied c false", "image": "sh /bin/sh false <nil>",
	})
}
