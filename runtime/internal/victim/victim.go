// Package victim gives tests processes under a filter whose listener they hold.
// A filter can not be taken off again, so a victim is the test binary, executed
// again.
package victim

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

const (
	env    = "CALLGATE_TEST_VICTIM"
	nobody = 65534
)

// Main runs the tests, or in a victim the program that it was started for.
func Main(m *testing.M, programs map[string]func()) {
	if name := os.Getenv(env); name != "" {
		programs[name]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Command is one of the programs, to be started by the test as it likes.
func Command(program string, args ...string) *exec.Cmd {
	c := exec.Command("/proc/self/exe", args...)
	c.Env = append(os.Environ(), env+"="+program)
	return c
}

// Victim is a running victim, seen from its test.
type Victim struct {
	// Listener is closed when the test ends.
	Listener *os.File
	// Stdin is the victim's standard input.
	Stdin io.WriteCloser

	t        *testing.T
	cmd      *exec.Cmd
	out, err bytes.Buffer
}

// Start starts a victim and waits until it is under its filter. As root it runs
// as nobody. It is killed when the test ends.
func Start(t *testing.T, program string, args ...string) *Victim {
	t.Helper()
	Need(t, seccomp.InstallListener)
	ours, theirs := socketPair(t)
	v := &Victim{t: t, cmd: Command(program, args...)}
	v.cmd.Stdout, v.cmd.Stderr = &v.out, &v.err
	var err error
	if v.Stdin, err = v.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	v.cmd.ExtraFiles = []*os.File{theirs}
	if os.Getuid() == 0 {
		v.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Kill)
	_ = theirs.Close() // so that the end of theirs is seen here
	v.Listener = v.receive(ours)
	_ = ours.Close()
	return v
}

func socketPair(t *testing.T) (a, b *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, b = os.NewFile(uintptr(fds[0]), "channel"), os.NewFile(uintptr(fds[1]), "channel")
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func (v *Victim) receive(channel *os.File) *os.File {
	v.t.Helper()
	oob := make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := unix.Recvmsg(int(channel.Fd()), make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n == 0 {
		v.t.Fatalf("receive listener: %v; the victim said %q, %q", err, v.out.String(), v.err.String())
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		v.t.Fatalf("receive listener: %v, %d messages", err, len(messages))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		v.t.Fatal(err)
	}
	l := os.NewFile(uintptr(fds[0]), "listener")
	v.t.Cleanup(func() { l.Close() })
	return l
}

// PID is the victim's process id.
func (v *Victim) PID() int { return v.cmd.Process.Pid }

// Kill ends the victim and waits for it.
func (v *Victim) Kill() {
	if v.cmd.ProcessState == nil {
		_ = v.cmd.Process.Kill()
		_ = v.cmd.Wait()
	}
}

// End waits for the victim and returns what it printed; err is how it ended.
func (v *Victim) End() (said string, err error) {
	err = v.cmd.Wait()
	if v.err.Len() > 0 {
		v.t.Logf("the victim's stderr: %s", v.err.String())
	}
	return strings.TrimSpace(v.out.String()), err
}

// Need skips the test where a feature is missing, or fails it where every test
// must run.
func Need(t *testing.T, features ...seccomp.Feature) {
	t.Helper()
	for _, f := range features {
		if err := seccomp.Require(f); err != nil {
			Skip(t, err.Error())
		}
	}
}

// Skip skips the test, or fails it where every test must run.
func Skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
