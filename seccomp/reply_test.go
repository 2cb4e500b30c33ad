package seccomp_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// What the supervisor is asked to do with a marked call.
const (
	askContinue = iota
	askErrno
	askValue
	askNegative
	askFD
	askFDAt
	askFDAnswer
	asks
)

// target is the descriptor at which askFDAt wants its file.
const target = 77

func init() {
	victims["ask for replies"] = func() {
		beWatched(seccomp.FlagNewListener)
		for ask := range uintptr(asks) {
			r, errno := getppid(ask, 11, 22, 33, 44, 55)
			fmt.Printf("%d: %d %d", ask, int(r), int(errno))
			if ask >= askFD && errno == 0 {
				fmt.Printf(" %s", readFD(int(r)))
			}
			fmt.Println()
		}
		fmt.Println("parent", os.Getppid(), "thread", unix.Gettid())
	}
	victims["ask once"] = func() {
		beWatched(seccomp.FlagNewListener)
		fmt.Println(getppid(0))
	}
}

// readFD reads a descriptor that was added, and says whether it survives exec.
func readFD(fd int) string {
	b := make([]byte, 16)
	n, err := unix.Pread(fd, b, 0)
	if err != nil {
		return err.Error()
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	check(err)
	return fmt.Sprintf("%q cloexec=%v", b[:n], flags&unix.FD_CLOEXEC != 0)
}

func TestReplies(t *testing.T) {
	need(t, seccomp.ContinueCall, seccomp.AddDescriptorAnswer)
	file, err := os.CreateTemp(t.TempDir(), "file")
	if err != nil {
		t.Fatal(err)
	}
	closeLater(t, file)
	if _, err := file.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	v := start(t, "ask for replies")
	l := v.listen()
	tid := uint32(0)
	for ask := range asks {
		n := v.receive(l)
		tid = n.TID
		if k, ok := n.Data.Call(); !ok || k.ABI != native() || k.NR != unix.SYS_GETPPID {
			t.Errorf("call %v (%v)", k, ok)
		}
		if want := [6]uint64{mark | uint64(ask), 11, 22, 33, 44, 55}; n.Data.Args != want || n.Data.IP == 0 || n.ID == 0 {
			t.Errorf("got %+v", n)
		}
		if !l.Valid(n.ID) {
			t.Error("a call that waits is not valid")
		}
		if err := reply(l, n.ID, ask, int(file.Fd())); err != nil {
			t.Errorf("ask %d: %v", ask, err)
		}
		if l.Valid(n.ID) {
			t.Error("a call that was answered is still valid")
		}
	}
	lines := strings.Split(v.end(), "\n")
	want := []string{
		fmt.Sprintf("0: %d 0", os.Getpid()),
		fmt.Sprintf("1: -1 %d", int(unix.EACCES)),
		"2: 123456789012 0",
		// The result of a call is one register: the kernel can not tell -2 from
		// an errno, nor can the caller.
		fmt.Sprintf("3: -1 %d", int(unix.ENOENT)),
		`4: FD 0 "hello" cloexec=true`,
		`5: 77 0 "hello" cloexec=false`,
		`6: FD 0 "hello" cloexec=true`,
		fmt.Sprintf("parent %d thread %d", os.Getpid(), tid),
	}
	for i, line := range lines {
		fields := strings.Fields(line)
		if strings.Contains(want[i], "FD") { // the lowest free number, whatever that is
			if fd, err := strconv.Atoi(fields[1]); err != nil || fd < 3 || fd == target {
				t.Errorf("got %q", line)
			}
			line = strings.Replace(line, " "+fields[1], " FD", 1)
		}
		if line != want[i] {
			t.Errorf("got %q, want %q", line, want[i])
		}
	}
}

func reply(l *seccomp.Listener, id uint64, ask, file int) error {
	switch ask {
	case askContinue:
		return l.Continue(id)
	case askErrno:
		return l.ReturnErrno(id, unix.EACCES)
	case askValue:
		return l.ReturnValue(id, 123456789012)
	case askNegative:
		return l.ReturnValue(id, -int64(unix.ENOENT))
	case askFD:
		fd, err := l.AddFD(id, file, seccomp.AddFDOptions{CloseOnExec: true})
		return errors.Join(err, l.ReturnValue(id, int64(fd)))
	case askFDAt:
		fd, err := l.AddFD(id, file, seccomp.AddFDOptions{At: target})
		return errors.Join(err, l.ReturnValue(id, int64(fd)))
	default:
		_, err := l.AddFD(id, file, seccomp.AddFDOptions{CloseOnExec: true, Answer: true})
		return err
	}
}

func TestUnknownNotification(t *testing.T) {
	need(t, seccomp.AddDescriptor)
	v := start(t, "ask once")
	l := v.listen()
	n := v.receive(l)
	bad := n.ID + 1000
	if l.Valid(bad) {
		t.Error("an id that was never given is valid")
	}
	_, addErr := l.AddFD(bad, l.FD(), seccomp.AddFDOptions{})
	for what, err := range map[string]error{
		"Continue": l.Continue(bad), "ReturnErrno": l.ReturnErrno(bad, unix.EPERM), "ReturnValue": l.ReturnValue(bad, 1), "AddFD": addErr,
	} {
		if !errors.Is(err, seccomp.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := l.Continue(n.ID); err != nil {
		t.Fatal(err)
	}
	if err := l.Continue(n.ID); err == nil {
		t.Error("a second answer was accepted")
	}
	if want := fmt.Sprintf("%d errno 0", os.Getpid()); v.end() != want {
		t.Errorf("got %q, want %q", v.out.String(), want)
	}
}

// The caller dies while its call is being judged.
func TestDeadCaller(t *testing.T) {
	v := start(t, "ask once")
	l := v.listen()
	n := v.receive(l)
	v.kill()
	if l.Valid(n.ID) {
		t.Error("the call of a dead process is valid")
	}
	if err := l.Continue(n.ID); !errors.Is(err, seccomp.ErrNotFound) {
		t.Errorf("answer: %v", err)
	}
	if err := l.Recv(n); !errors.Is(err, seccomp.ErrHangup) {
		t.Errorf("receive: %v", err)
	}
}
