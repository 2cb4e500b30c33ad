package proc

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// The test binary runs itself as the processes that are looked at.
const roleVar = "CALLGATE_PROC_ROLE"

func init() {
	if os.Getenv(roleVar) != "" {
		runtime.LockOSThread() // the main goroutine stays on the leader
	}
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVar)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// roles are what a child can do. Each prints one line when it has come where it
// is to be looked at, and ends with its standard input. ROLE_ARG is its argument.
var roles = map[string]func() error{
	"wait":   func() error { return ready("") },
	"rename": func() error { return errors.Join(setName(os.Getenv("ROLE_ARG")), ready("")) },
	"thread": func() error {
		tid := make(chan int)
		go func() {
			runtime.LockOSThread()
			_ = setName("helper")
			tid <- unix.Gettid()
			select {}
		}()
		return ready(fmt.Sprint(<-tid))
	},
	"threadexec": func() error {
		fmt.Println("ready")
		if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
			return err
		}
		failed := make(chan error)
		go func() {
			runtime.LockOSThread()
			failed <- unix.Exec("/proc/self/exe", []string{"after-exec"}, []string{roleVar + "=wait"})
		}()
		return <-failed
	},
	"chroot": func() error {
		return errors.Join(unix.Chroot(os.Getenv("ROLE_ARG")), unix.Chdir("/"), ready(""))
	},
	"groups": func() error {
		many := make([]int, 65536)
		for i := range many {
			many[i] = 4000000000 + i
		}
		return errors.Join(unix.Setgroups(many), ready(""))
	},
	"show": show,
	"exec": execRole,
	"fds":  fdsRole,
}

func ready(what string) error {
	fmt.Println("ready", what)
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func setName(name string) error {
	b := append([]byte(name), 0)
	return unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&b[0])), 0, 0, 0)
}

// shown is what a program says about itself.
type shown struct {
	Comm, Exe string
	Argv      []string
}

func show() error {
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		return err
	}
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(shown{strings.TrimSuffix(string(comm), "\n"), exe, os.Args})
}

// running is a child.
type running struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	say string // what followed "ready"
}

// start runs a role until it is ready; configure may change the command.
func start(t *testing.T, role, arg string, configure func(*exec.Cmd)) *running {
	t.Helper()
	c, err := tryStart(t, role, arg, configure)
	if err != nil {
		t.Fatalf("start %s: %v", role, err)
	}
	return c
}

func tryStart(t *testing.T, role, arg string, configure func(*exec.Cmd)) (*running, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &running{t: t, cmd: exec.Command(self)}
	c.cmd.Env = []string{roleVar + "=" + role, "ROLE_ARG=" + arg}
	c.cmd.Stderr = os.Stderr
	if configure != nil {
		configure(c.cmd)
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(c.stop)
	line, err := c.out.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready") {
		return nil, fmt.Errorf("it says %q: %w", line, errors.Join(err))
	}
	c.say = strings.TrimSpace(strings.TrimPrefix(line, "ready"))
	return c, nil
}

func (c *running) pid() int { return c.cmd.Process.Pid }

func (c *running) stop() {
	_ = c.in.Close()
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// need skips the test when the machine can't run it, or fails it where
// everything must run.
func need(t testing.TB, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("needs %s", what)
}

func needRoot(t testing.TB) { t.Helper(); need(t, os.Geteuid() == 0, "root") }

func newTable(t testing.TB, opts Options) *Table {
	t.Helper()
	tb, err := NewTable(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tb.Close)
	return tb
}

// look gives a hold on a thread for the time of the test.
func look(t testing.TB, tid int) (*Thread, *event.Arena) {
	t.Helper()
	tb := newTable(t, Options{})
	th, err := tb.Thread(tid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(th.Release)
	return th, &event.Arena{}
}
