package tracer

import (
	"os"
	"os/exec"
	"testing"

	"github.com/callgate/callgate/tracer/proc"
)

func thread(t *testing.T, pid int) *proc.Thread {
	t.Helper()
	table, err := proc.NewTable(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	th, err := table.Thread(pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(th.Release)
	return th
}

// child is a process that lives until the test ends or kills it.
func child(t *testing.T) *exec.Cmd {
	t.Helper()
	c := exec.Command("sleep", "600")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // unless the test did
		_ = c.Wait()
	})
	return c
}

func newTestSandbox() *Sandbox { return NewSandbox(&Facts{}, NewPolicy(nil, 0)) }

func TestOnlyTheAnnouncedProcessIsTheRuntimes(t *testing.T) {
	self, other := thread(t, os.Getpid()), thread(t, child(t).Process.Pid)
	entered := 0
	s := newTestSandbox()
	e := s.Enter(Entering{PID: os.Getpid(), ExecSeen: true, OnEnter: func() { entered++ }})
	if e.runtimes(other, false) {
		t.Error("another process's call passes for the runtime's")
	}
	if !e.runtimes(self, false) {
		t.Error("the runtime's call is not recognised")
	}
	if e.runtimes(other, true); entered != 0 {
		t.Error("another process's exec ended the runtime's part")
	}
	if e.runtimes(self, true) || entered != 1 {
		t.Errorf("the user's first exec passes for the runtime's, or was not told (%d)", entered)
	}
	if e.runtimes(self, false) || e.runtimes(self, true) || entered != 1 {
		t.Error("the user's program passes for the runtime's")
	}
}

// A number that is used again, and a process that ended before it was looked at,
// give nobody the runtime's place.
func TestNumberUsedAgain(t *testing.T) {
	self := thread(t, os.Getpid())
	boot, err := self.Boot()
	if err != nil {
		t.Fatal(err)
	}
	s := newTestSandbox()
	e := s.Enter(Entering{PID: os.Getpid(), ExecSeen: true})
	e.boot--
	if e.runtimes(self, false) || s.hasEntry(os.Getpid(), boot) {
		t.Error("a process with another start time passes")
	}
	c := child(t)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	e = s.Enter(Entering{PID: c.Process.Pid, ExecSeen: true})
	if !e.gone() || e.is(c.Process.Pid, 0) {
		t.Error("a process that is gone has entered")
	}
}

func TestFirstProcessWhenNoneWasAnnounced(t *testing.T) {
	self, other := thread(t, os.Getpid()), thread(t, child(t).Process.Pid)
	s := newTestSandbox()
	e := s.Enter(Entering{ExecSeen: true})
	if !e.runtimes(other, false) || e.runtimes(self, false) {
		t.Error("it is not the first process that has the runtime's place")
	}
	// A successor does not see the first calls: it must not take a later one
	// for the runtime's.
	e = s.Enter(Entering{ExecSeen: true, Entered: true})
	boot, _ := self.Boot()
	if e.first(os.Getpid(), boot); e.runtimes(self, false) || e.is(os.Getpid(), boot) {
		t.Error("a process of the user's passes for the runtime's after a hand-over")
	}
}

func TestManyEntries(t *testing.T) {
	s := newTestSandbox()
	live := child(t)
	s.Enter(Entering{PID: live.Process.Pid})
	for range 50 {
		c := child(t)
		s.Enter(Entering{PID: c.Process.Pid})
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	s.Enter(Entering{PID: os.Getpid()})
	if len(s.entries) > 3 {
		t.Errorf("%d entries are kept of processes that have ended", len(s.entries))
	}
	for _, pid := range []int{live.Process.Pid, os.Getpid()} {
		if boot, _ := thread(t, pid).Boot(); !s.hasEntry(pid, boot) {
			t.Errorf("process %d is forgotten", pid)
		}
	}
}
