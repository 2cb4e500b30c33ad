package proc

import (
	"os"
	"strconv"
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
)

// TestQuickStatus compares the two ways to a Status, for leaders and other
// threads, with and without rights.
func TestQuickStatus(t *testing.T) {
	compare := func(th *Thread) {
		t.Helper()
		first, err := th.Status()
		if err != nil {
			t.Fatal(err)
		}
		quick, ok := th.e.quickStatus()
		if running, _ := seccomp.RunningVersion(); !ok && running.Less(seccomp.Version{Major: 6, Minor: 13}) {
			t.Skip("needs PIDFD_GET_INFO (Linux 6.13)")
		}
		need(t, ok, "PIDFD_GET_INFO")
		if quick != first {
			t.Errorf("quickly %+v, from /proc %+v", quick, first)
		}
		var a event.Arena
		st, err := th.Stat(&a)
		if err != nil {
			t.Fatal(err)
		}
		brief, err := th.Brief(&a)
		st.TTY = NoTTY
		if err != nil || brief != st {
			t.Errorf("Brief = %+v, %v; Stat = %+v", brief, err, st)
		}
	}
	th, _ := look(t, os.Getpid())
	compare(th)
	c := start(t, "thread", "", nil)
	tid, err := strconv.Atoi(c.say)
	if err != nil {
		t.Fatal(err)
	}
	th, _ = look(t, tid)
	compare(th)
	needRoot(t)
	th, _ = unprivileged(t)
	compare(th)
}
