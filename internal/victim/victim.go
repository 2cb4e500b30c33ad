// Package victim puts a child under a filter, for tests: a filter can't be taken
// off again, so the test binary is executed once more to bear it.
package victim

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
)

const (
	roleEnv = "CALLGATE_TEST_ROLE"
	// channel is the child's end of the socket on which it sends its listener.
	channel = 3
	// Limit is for what must happen, on a machine that has much else to do.
	Limit = 2 * time.Minute
	// Nobody is who victims are when the test is root.
	Nobody = 65534
)

// Dispatch runs the part that this process was started for, and returns only
// when it is the test itself. TestMain calls it.
func Dispatch(roles map[string]func(args []string)) {
	name := os.Getenv(roleEnv)
	if name == "" {
		return
	}
	runtime.LockOSThread()
	roles[name](os.Args[1:])
	os.Exit(0)
}

// Command is the test binary, to be started in a part.
func Command(role string, args ...string) *exec.Cmd {
	c := exec.Command("/proc/self/exe", args...)
	c.Env = append(os.Environ(), roleEnv+"="+role)
	return c
}

// Become executes the test binary in another part. The filter of this thread is
// inherited, and so lies on all threads of that program.
func Become(role string, args ...string) {
	Check(os.Setenv(roleEnv, role))
	Check(unix.Exec("/proc/self/exe", append([]string{os.Args[0]}, args...), os.Environ()))
}

// Check ends a part that can't go on.
func Check(err error) {
	if err != nil {
		fmt.Println("victim:", err)
		os.Exit(1)
	}
}

// Mark makes a call of getppid one that Marked intercepts: the call does nothing,
// and what Go's runtime does is not touched.
const Mark = 0xca11 << 16

// Marked intercepts calls of getppid whose first argument bears the mark.
func Marked() *seccomp.Filter {
	f := &seccomp.Filter{}
	for _, abi := range syscalls.Native() {
		nr, _ := syscalls.Number(abi, "getppid")
		f.Add(seccomp.Key{ABI: abi, NR: nr}, seccomp.Cube{{Arg: 0, Mask: 0xffff0000, Value: Mark}}, seccomp.Notify)
	}
	return f
}

// Call makes a marked call. It is not raw: where Go waits for a raw call, the
// runtime interrupts it all the time.
func Call(args ...uintptr) (uintptr, unix.Errno) {
	var a [6]uintptr
	copy(a[:], args)
	r, _, errno := unix.Syscall6(unix.SYS_GETPPID, a[0]|Mark, a[1], a[2], a[3], a[4], a[5])
	return r, errno
}

// BeWatched puts a filter on this thread and hands its listener to the test.
func BeWatched(f *seccomp.Filter, flags seccomp.Flags) {
	BeWatchedToo(f, flags)
	Check(unix.Close(channel))
}

// BeWatchedToo is BeWatched for one of several threads.
func BeWatchedToo(f *seccomp.Filter, flags seccomp.Flags) {
	prog, err := bpf.Compile(f)
	Check(err)
	if os.Getuid() != 0 {
		Check(seccomp.SetNoNewPrivs())
	}
	fd, err := seccomp.Install(prog, flags)
	Check(err)
	Check(unix.Sendmsg(channel, []byte{1}, unix.UnixRights(fd), nil, 0))
	Check(unix.Close(fd))
}

// Victim is a child under a filter, seen from its test.
type Victim struct {
	t    *testing.T
	Cmd  *exec.Cmd
	conn *os.File
	in   io.WriteCloser
	out  bytes.Buffer
	err  bytes.Buffer
	done chan struct{} // closed when it has ended
	how  error         // it did
}

// Start starts a part that calls BeWatched, as nobody when the test is root and
// asRoot is false. The child is killed when the test ends.
func Start(t *testing.T, asRoot bool, role string, args ...string) *Victim {
	t.Helper()
	if err := seccomp.Require(seccomp.InstallListener); err != nil {
		Skip(t, err.Error())
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	v := &Victim{t: t, conn: os.NewFile(uintptr(pair[0]), "channel"), Cmd: Command(role, args...), done: make(chan struct{})}
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	v.Cmd.Stdout, v.Cmd.Stderr, v.Cmd.ExtraFiles = &v.out, &v.err, []*os.File{theirs}
	if os.Getuid() == 0 && !asRoot {
		v.Cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: Nobody, Gid: Nobody}}
	}
	if v.in, err = v.Cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := v.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	go func() {
		defer close(v.done)
		v.how = v.Cmd.Wait()
	}()
	t.Cleanup(func() {
		v.Kill()
		_ = v.conn.Close()
	})
	return v
}

// Listener is the victim's listener; the caller closes it.
func (v *Victim) Listener() int {
	v.t.Helper()
	oob := make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := unix.Recvmsg(int(v.conn.Fd()), make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
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
	return fds[0]
}

// Listen is the victim's listener, closed when the test ends.
func (v *Victim) Listen() *seccomp.Listener {
	v.t.Helper()
	l, err := seccomp.NewListener(v.Listener())
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = l.Close() })
	return l
}

// Say writes to the victim's standard input.
func (v *Victim) Say(text string) {
	v.t.Helper()
	if _, err := io.WriteString(v.in, text); err != nil {
		v.t.Fatalf("tell the victim: %v; it said %q, %q", err, v.out.String(), v.err.String())
	}
}

// CloseInput ends the victim's standard input.
func (v *Victim) CloseInput() { _ = v.in.Close() }

// Kill ends the victim, if it has not ended.
func (v *Victim) Kill() {
	_ = v.Cmd.Process.Kill()
	select {
	case <-v.done:
	case <-time.After(Limit):
		v.t.Error("the victim can't be killed")
	}
}

// Wait waits for the victim; it returns what it printed and how it ended.
func (v *Victim) Wait() (said string, how error) {
	v.t.Helper()
	select {
	case <-v.done:
	case <-time.After(Limit):
		v.t.Fatal("the victim does not come to an end")
	}
	return strings.TrimSpace(v.out.String()), v.how
}

// End waits for the victim and returns what it printed.
func (v *Victim) End() string {
	v.t.Helper()
	said, err := v.Wait()
	if err != nil {
		v.t.Fatalf("%v; the victim said %q, %q", err, said, v.err.String())
	}
	return said
}

// Skip skips the test, or fails it where every test must run.
func Skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
