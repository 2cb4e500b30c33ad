package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
)

func init() {
	// Makes a call for each byte of its standard input, and prints the results.
	roles["one by one"] = func([]string) {
		victim.BeWatched(victim.Marked(), seccomp.BestFlags())
		for b := make([]byte, 1); ; {
			if _, err := os.Stdin.Read(b); err != nil {
				return
			}
			_, errno := victim.Call(uintptr(b[0]), 77)
			fmt.Print(int(errno), " ")
		}
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(victim.Limit); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func listenerOf(t *testing.T, fd int) *seccomp.Listener {
	t.Helper()
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := seccomp.NewListener(dup)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A keeper whose supervisor was killed answers what that one had received, and
// what comes; then it stops, and nothing that comes later is received by it.
func TestKeeperFallsBackAndStops(t *testing.T) {
	v := victim.Start(t, false, "one by one")
	fd := v.Listener()
	defer unix.Close(fd)
	slots := newSlots(t)
	killed := startSupervisor(t, []string{"killable", "in kernel", "slow"}, os.NewFile(uintptr(listenerOf(t, fd).FD()), "listener"), slots.File())
	v.Say("a")
	eventually(t, "the call is in the table", func() bool { return slots.Owned() == 1 })
	if !killed.endAfter(0, unix.SIGKILL) {
		t.Fatalf("the supervisor ended: %s", killed.out.String())
	}

	fallback := &notify.Fallback{Reply: source.Reply{Verb: source.Fail, Errno: unix.EPERM}}
	l := listenerOf(t, fd)
	s := notify.New(l, notify.Options{NewHandler: fallback.NewHandler, Slots: slots, Waiting: notify.Stoppable})
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	v.Say("b")
	eventually(t, "both calls are answered", func() bool { return fallback.Calls() == 2 && slots.Owned() == 0 })
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, notify.ErrStopped) {
		t.Errorf("Serve returned %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}

	v.Say("c")
	l = listenerOf(t, fd)
	defer l.Close()
	next := &stub{judge: fail}
	go func() { served <- notify.Serve(l, notify.Options{NewHandler: next.newHandler, Slots: slots}) }()
	eventually(t, "the third call is judged", func() bool { return next.judged.Load() == 1 })
	v.CloseInput()
	if got := v.End(); got != "1 1 77" {
		t.Errorf("the calls returned %s", got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// Stop waits for decisions that run, but not for ever; what they leave is in the
// table.
func TestStopIsBounded(t *testing.T) {
	v := victim.Start(t, false, "one by one")
	slots, err := notify.NewSlots() // stays mapped: a worker is left behind
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	s := &stub{judge: func(c *source.Call) source.Reply { <-release; return fail(c) }}
	src := notify.New(v.Listen(), notify.Options{NewHandler: s.newHandler, Slots: slots, Waiting: notify.Stoppable})
	served := make(chan error, 1)
	go func() { served <- src.Serve() }()
	v.Say("a")
	eventually(t, "the call is judged", func() bool { return s.judged.Load() == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := src.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Stop returned %v", err)
	}
	if slots.Owned() != 1 {
		t.Error("the call is not in the table")
	}
	if err := <-served; !errors.Is(err, notify.ErrStopped) {
		t.Errorf("Serve returned %v", err)
	}
	close(release)
	v.CloseInput()
	if got := v.End(); got != "77" {
		t.Errorf("the call returned %s", got)
	}
}

// Hundreds of listeners that are quiet cost no thread each.
func TestQuietListenersNeedNoThread(t *testing.T) {
	const listeners = 25
	threads := func() int {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return len(tasks)
	}
	s := &stub{judge: fail}
	served := make(chan error, listeners)
	var all []*victim.Victim
	before := threads()
	for range listeners {
		v := victim.Start(t, false, "one by one")
		l := v.Listen()
		go func() {
			served <- notify.Serve(l, notify.Options{NewHandler: s.newHandler, Waiting: notify.Parked})
		}()
		all = append(all, v)
	}
	want := int64(0)
	for _, calls := range []int{1, 300, 1} { // 300 at once come thick
		for _, v := range all {
			v.Say(string(make([]byte, calls)))
		}
		want += int64(calls * listeners)
		eventually(t, "all calls are judged", func() bool { return s.judged.Load() == want })
	}
	// Go keeps threads that it once needed, so what counts is how many sleep in
	// a receipt.
	eventually(t, "receivers need no thread", func() bool { return receiving(t) < 5 })
	t.Logf("%d threads before, %d now", before, threads())
	for _, v := range all {
		v.CloseInput()
		_ = v.End()
	}
	for range all {
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// receiving is how many threads of this process are in an ioctl.
func receiving(t *testing.T) (n int) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		f, err := os.Open("/proc/self/task/" + task.Name() + "/syscall")
		if err != nil {
			continue // it has ended
		}
		b, _ := io.ReadAll(f)
		_ = f.Close()
		var nr int
		if _, err := fmt.Sscan(string(b), &nr); err == nil && nr == unix.SYS_IOCTL {
			n++
		}
	}
	return n
}
