package seccomp_test

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

func init() {
	signalled := func(flags seccomp.Flags) func() {
		return func() {
			signals := make(chan os.Signal, 1)
			signal.Notify(signals, unix.SIGUSR1)
			beWatched(flags)
			r, errno := getppid()
			fmt.Println(r, int(errno), <-signals)
		}
	}
	victims["signalled"] = signalled(seccomp.FlagNewListener)
	victims["signalled, wait killable"] = signalled(seccomp.FlagNewListener | seccomp.FlagWaitKillable)
}

// Without WAIT_KILLABLE_RECV a signal makes the caller give up, run its
// handler, and repeat the call.
func TestSignalRepeatsTheCall(t *testing.T) {
	v := start(t, "signalled")
	l := v.listen()
	first := *v.receive(l)
	v.signal(first.TID)
	second := *v.receive(l)
	if second.ID == first.ID || second.TID != first.TID || second.Data != first.Data {
		t.Errorf("the repeated call is %+v, the first was %+v", second, first)
	}
	if err := l.ReturnValue(first.ID, 1); !errors.Is(err, seccomp.ErrNotFound) {
		t.Errorf("answer to the call that was given up: %v", err)
	}
	if err := l.ReturnValue(second.ID, 2); err != nil {
		t.Error(err)
	}
	if got, want := v.end(), "2 0 user defined signal 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWaitKillableKeepsTheCall(t *testing.T) {
	need(t, seccomp.WaitKillableRecv)
	v := start(t, "signalled, wait killable")
	l := v.listen()
	n := v.receive(l)
	v.signal(n.TID)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.TID))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), fmt.Sprintf("SigPnd:\t%016x", 1<<(unix.SIGUSR1-1))) {
		t.Errorf("the signal does not wait for the call to end:\n%s", status)
	}
	if !l.Valid(n.ID) {
		t.Error("the call was given up")
	}
	if err := l.ReturnValue(n.ID, 3); err != nil {
		t.Error(err)
	}
	if got, want := v.end(), "3 0 user defined signal 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func (v *victim) signal(tid uint32) {
	v.t.Helper()
	if err := unix.Tgkill(v.cmd.Process.Pid, int(tid), unix.SIGUSR1); err != nil {
		v.t.Fatal(err)
	}
}
