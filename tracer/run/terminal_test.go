package run_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/testdata/pty"
)

// terminal is an interactive shell on a terminal, as a user has it.
type terminal struct {
	t   *testing.T
	pty *os.File

	mu   sync.Mutex
	text []byte // what has been printed since the last look
}

// newTerminal starts the shell. In it, "cg COMMAND..." is callgate run.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Symlink(self(t), filepath.Join(dir, roleRun)))
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	cmd.Env = append(os.Environ(), "PS1=$ ", "HISTFILE=", "TERM=dumb")
	master, err := pty.Start(cmd)
	must(t, err)
	term := &terminal{t: t, pty: master}
	var reader sync.WaitGroup
	reader.Go(term.read)
	t.Cleanup(func() {
		must(t, master.Close()) // the kernel hangs up: SIGHUP to the session
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		reader.Wait()
	})
	term.send("cg() { " + filepath.Join(dir, roleRun) + ` -- "$@"; }; echo "shell" "ready"` + "\n")
	term.expect("shell ready")
	return term
}

func (m *terminal) read() {
	b := make([]byte, 4096)
	for {
		n, err := m.pty.Read(b)
		if err != nil {
			return
		}
		m.mu.Lock()
		m.text = append(m.text, b[:n]...)
		m.mu.Unlock()
	}
}

func (m *terminal) send(keys string) {
	m.t.Helper()
	_, err := m.pty.WriteString(keys)
	must(m.t, err)
}

// expect waits until a text is printed and returns what was printed before it.
func (m *terminal) expect(text string) (before string) {
	m.t.Helper()
	eventually(m.t, text, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		head, rest, ok := bytes.Cut(m.text, []byte(text))
		if ok {
			before, m.text = string(head), bytes.Clone(rest)
		}
		return ok
	})
	return before
}

// control does something with the terminal's descriptor.
func (m *terminal) control(f func(fd int) error) {
	m.t.Helper()
	conn, err := m.pty.SyscallConn()
	must(m.t, err)
	must(m.t, conn.Control(func(fd uintptr) { err = f(int(fd)) }))
	must(m.t, err)
}

// group is the process group that the terminal's keys go to.
func (m *terminal) group() (id int) {
	m.t.Helper()
	m.control(func(fd int) (err error) {
		id, err = unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		return err
	})
	return id
}

// foreground has the shell continue its job in the foreground.
func (m *terminal) foreground() {
	m.t.Helper()
	shell := m.group()
	m.send("fg\n")
	eventually(m.t, "the job to run in the foreground", func() bool {
		job := m.group()
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", job)) // the group's leader
		return job != shell && err == nil && !bytes.Contains(b, []byte(") T "))
	})
}

const (
	ctrlC = "\x03"
	ctrlZ = "\x1a"
)

// Words are split in what is typed, so that its echo is not taken for output.

func TestTerminalStopsAndContinues(t *testing.T) {
	m := newTerminal(t)
	m.send(`cg sh -c 'echo u""p; exec sleep 1000'` + "\n")
	m.expect("up")
	m.send(ctrlZ)
	m.expect("Stopped")
	m.send("bg\njobs\n")
	m.expect("Running")
	m.foreground()
	m.send(ctrlZ)
	m.expect("Stopped")
	m.foreground()
	m.send(ctrlC + "echo status $?\n")
	m.expect("status 130")
}

// A command that stops itself stays stopped until it is continued.
func TestTerminalCommandStopsItself(t *testing.T) {
	m := newTerminal(t)
	for range 5 {
		m.send(`cg sh -c 'kill -STOP $$; echo re""sumed'` + "\n")
		if before := m.expect("Stopped"); strings.Contains(before, "resumed") {
			t.Fatalf("it was continued by callgate: %q", before)
		}
		m.send("fg\n")
		m.expect("resumed")
	}
}

// A command that ignores ^Z goes on, and its calls are answered.
func TestTerminalCommandIgnoresStop(t *testing.T) {
	m := newTerminal(t)
	m.send(`cg sh -c 'trap "" TSTP; echo u""p; read x; /bin/echo got $x'` + "\n")
	m.expect("up")
	m.send(ctrlZ + "this\n")
	m.expect("got this")
}

// A command in the background that reads from the terminal stops until it is in
// the foreground.
func TestTerminalBackground(t *testing.T) {
	m := newTerminal(t)
	m.send("cg cat &\n")
	m.expect("\n")
	eventually(t, "the job to stop", func() bool {
		m.send("jobs\n")
		return strings.Contains(m.expect("cg cat"), "Stopped")
	})
	m.foreground()
	m.send("over there\n")
	m.expect("over there")
	m.expect("over there") // the echo, and cat's
	m.send("\x04echo status $?\n")
	m.expect("status 0")
}

// An interactive shell under callgate has its own job control.
func TestTerminalInnerShell(t *testing.T) {
	m := newTerminal(t)
	m.send("cg bash --norc --noprofile -i\necho in$((1+1))side\n")
	m.expect("in2side")
	m.send("sh -c 'echo u\"\"p; exec sleep 1000'\n")
	m.expect("up")
	m.send(ctrlZ)
	m.expect("Stopped")
	m.control(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 33, Col: 77})
	})
	m.send("stty size\n")
	m.expect("33 77")
	m.foreground()
	m.send(ctrlC + "echo status $?\n")
	m.expect("status 130")
	m.send("kill %% 2>/dev/null; exit 7\n")
	m.expect("exit")
	m.send("echo status $?\n")
	m.expect("status 7")
}
