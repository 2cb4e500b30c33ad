package seccomp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// A filter can not be taken off again, so tests put it on a victim: this test
// binary, executed again as an unprivileged user.

const (
	victimEnv = "CALLGATE_TEST_VICTIM"
	nobody    = 65534
)

// victims are what a victim may be asked to do; each file of tests adds its own.
var victims = map[string]func(){}

func TestMain(m *testing.M) {
	if name := os.Getenv(victimEnv); name != "" {
		runtime.LockOSThread()
		victims[name]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// check ends a victim that can not go on.
func check(err error) {
	if err != nil {
		fmt.Println("victim:", err)
		os.Exit(1)
	}
}

// The intercepted call is getppid with marked arguments: it does nothing, and
// what Go's runtime does is not touched.
const mark = 0xca11 << 16

// getppid makes the call; what follows the mark tells the supervisor what to do.
// It is not raw: Go signals threads that seem to compute for long (SIGURG), and
// each signal makes the caller repeat its call.
func getppid(args ...uintptr) (uintptr, unix.Errno) {
	var a [6]uintptr
	copy(a[:], args)
	a[0] |= mark
	r, _, errno := unix.Syscall6(unix.SYS_GETPPID, a[0], a[1], a[2], a[3], a[4], a[5])
	return r, errno
}

func native() syscalls.ABI { return syscalls.Native()[0] }

// markedFilter intercepts marked calls of getppid on all ABIs.
func markedFilter() *seccomp.Filter {
	f := &seccomp.Filter{}
	for _, abi := range syscalls.Native() {
		nr, _ := syscalls.Number(abi, "getppid")
		f.Add(seccomp.Key{ABI: abi, NR: nr}, seccomp.Cube{{Arg: 0, Mask: 0xffff0000, Value: mark}}, seccomp.Notify)
	}
	return f
}

// channel is the victim's end of the socket on which it sends its listener.
const channel = 3

// beWatched installs a filter and hands its listener to the test.
func beWatched(flags seccomp.Flags) {
	prog, err := bpf.Compile(markedFilter())
	check(err)
	check(seccomp.SetNoNewPrivs())
	fd, err := seccomp.Install(prog, flags)
	check(err)
	check(unix.Sendmsg(channel, []byte{1}, unix.UnixRights(fd), nil, 0))
	check(unix.Close(fd))
	check(unix.Close(channel))
}

// becomeVictim starts the victim's program again, as another victim. Its filter
// is inherited, and so lies on all threads that the new program starts.
func becomeVictim(name string) {
	check(os.Setenv(victimEnv, name))
	check(unix.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// victim is a running victim, seen from its test.
type victim struct {
	t    *testing.T
	cmd  *exec.Cmd
	conn int
	// ended gets Wait's error as soon as it ends: before Linux 6.11 a listener
	// hangs up when the last task has been waited for.
	ended  chan error
	waited bool
	// out is what the victim says; err is Go's, also about coverage.
	out, err bytes.Buffer
}

func start(t *testing.T, name string, args ...string) *victim {
	t.Helper()
	need(t, seccomp.InstallListener)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, conn: pair[0], ended: make(chan error, 1)}
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	v.cmd = exec.Command("/proc/self/exe", args...)
	v.cmd.Env = append(os.Environ(), victimEnv+"="+name)
	v.cmd.Stdout, v.cmd.Stderr = &v.out, &v.err
	v.cmd.ExtraFiles = []*os.File{theirs}
	if os.Getuid() == 0 {
		v.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { v.ended <- v.cmd.Wait() }()
	closeLater(t, os.NewFile(uintptr(v.conn), "channel"))
	if err := theirs.Close(); err != nil { // so that its end is seen here
		t.Error(err)
	}
	t.Cleanup(func() {
		if !v.waited {
			v.kill()
		}
	})
	return v
}

// kill ends the victim now.
func (v *victim) kill() {
	if err := v.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		v.t.Errorf("kill victim: %v", err)
	}
	var exit *exec.ExitError
	if err := v.wait(); err != nil && !errors.As(err, &exit) {
		v.t.Errorf("wait for victim: %v", err)
	}
}

// wait returns how the victim ended.
func (v *victim) wait() error {
	v.waited = true
	return <-v.ended
}

func closeLater(t *testing.T, c io.Closer) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// listen takes over the victim's listener.
func (v *victim) listen(opts ...seccomp.ListenerOption) *seccomp.Listener {
	v.t.Helper()
	return v.listenOn(v.take(), opts...)
}

// take receives the descriptor of the victim's listener.
func (v *victim) take() int {
	v.t.Helper()
	oob := make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := unix.Recvmsg(v.conn, make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n == 0 {
		v.kill()
		v.t.Fatalf("receive listener: %v; the victim said %q, %q", err, v.out.String(), v.err.String())
	}
	return onlyRight(v.t, oob[:oobn])
}

// onlyRight is the one descriptor that came with a message.
func onlyRight(t *testing.T, oob []byte) int {
	t.Helper()
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) != 1 {
		t.Fatalf("receive listener: %v, %d messages", err, len(messages))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("receive listener: %v, %d descriptors", err, len(fds))
	}
	return fds[0]
}

func (v *victim) listenOn(fd int, opts ...seccomp.ListenerOption) *seccomp.Listener {
	v.t.Helper()
	l, err := seccomp.NewListener(fd, opts...)
	if err != nil {
		v.t.Fatal(err)
	}
	closeLater(v.t, l)
	return l
}

// receive is the next notification; it must be there.
func (v *victim) receive(l *seccomp.Listener) *seccomp.Notification {
	v.t.Helper()
	n := new(seccomp.Notification)
	if err := receive(l, n); err != nil {
		v.t.Fatalf("%v; the victim said %q, %q", err, v.out.String(), v.err.String())
	}
	return n
}

// receive is Recv for a victim that lives: what a signal of Go's scheduler
// interrupts before it is received comes again.
func receive(l *seccomp.Listener, n *seccomp.Notification) error {
	for {
		if err := l.Recv(n); !errors.Is(err, seccomp.ErrInterrupted) {
			return err
		}
	}
}

// end waits for the victim and returns what it printed.
func (v *victim) end() string {
	v.t.Helper()
	if err := v.wait(); err != nil {
		v.t.Fatalf("%v; the victim said %q, %q", err, v.out.String(), v.err.String())
	}
	return strings.TrimSpace(v.out.String())
}

// need skips the test where a feature is missing.
func need(t *testing.T, features ...seccomp.Feature) {
	t.Helper()
	for _, f := range features {
		err := seccomp.Require(f)
		if running, _ := seccomp.RunningVersion(); err != nil && running.Less(seccomp.Probe()[f].Since) {
			t.Skip(err) // no run on this kernel is more complete
		}
		if err != nil {
			skip(t, err.Error())
		}
	}
}

// skip skips the test, or fails it where every test must run.
func skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
