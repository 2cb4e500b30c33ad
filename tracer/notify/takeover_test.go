package notify_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
)

var kills = flag.Int("kills", 40, "how often the supervisor is killed in each test of taking over")

const callers = 6

func init() {
	roles["load"] = func(args []string) {
		victim.BeWatched(victim.Marked(), flags(args[0] == "killable"))
		victim.Become("load, watched", args...)
	}
	roles["load, watched"] = loaded
	roles["supervisor"] = supervise
}

// What the supervisor does with a call follows from its number.
const (
	letGo = iota
	refuse
	refuseWithAlert
	outcomes
)

func errnoOf(call uintptr) unix.Errno { return unix.Errno(20 + call%50) }

// loaded makes calls on several threads until its standard input ends, checks
// each result and prints the number of the last call.
func loaded(args []string) {
	stop := make(chan struct{})
	if args[0] != "killable" {
		go urge(stop, 3*time.Millisecond)
	}
	var over atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		over.Store(true)
	}()
	var last atomic.Uintptr
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for !over.Load() {
				n := last.Add(1)
				r, errno := victim.Call(0, n)
				if n%outcomes == letGo && (errno != 0 || int(r) != os.Getppid()) || n%outcomes != letGo && errno != errnoOf(n) {
					fmt.Println("call", n, "returned", r, errno)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	fmt.Println("calls:", last.Load())
}

// supervise serves the listener on descriptor 3 with the table on 4, and writes
// its alerts to 5.
func supervise(args []string) {
	l, err := seccomp.NewListener(3)
	victim.Check(err)
	slots, err := notify.OpenSlots(os.NewFile(4, "slots"))
	victim.Check(err)
	s := &stub{}
	if len(args) > 2 { // it is slow
		s.judge = func(*source.Call) source.Reply { select {} }
		victim.Check(notify.Serve(l, notify.Options{NewHandler: s.newHandler, Slots: slots}))
	}
	s.judge = func(c *source.Call) source.Reply {
		n := uintptr(c.Args[1])
		switch n % outcomes {
		case letGo:
			return source.Reply{Verb: source.Continue}
		case refuseWithAlert:
			a := alerted{Call: uint64(n)}
			if c.Repeat || c.Answered != nil {
				a.Repeat = 1
			}
			var err error
			if !c.Act(func() { _, err = unix.Write(5, (*[alertedSize]byte)(unsafe.Pointer(&a))[:]) }) {
				fmt.Println("a call was taken")
			}
			victim.Check(err)
		}
		return source.Reply{Verb: source.Fail, Errno: errnoOf(n)}
	}
	source := notify.New(l, notify.Options{NewHandler: s.newHandler, Restarts: args[0] != "killable", Slots: slots, Waiting: waitings[args[1]]})
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, unix.SIGTERM)
	go func() {
		<-terminated
		victim.Check(source.Stop(context.Background()))
		os.Exit(0)
	}()
	if err := source.Serve(); !errors.Is(err, notify.ErrStopped) {
		victim.Check(err)
	}
}

var waitings = map[string]notify.Waiting{"in kernel": notify.InKernel, "parked": notify.Parked, "stoppable": notify.Stoppable}

// alerted is an alert of a supervisor under test. Records do not cross pages,
// where a kill tears a write.
type alerted struct{ Call, Repeat uint64 }

const alertedSize = int(unsafe.Sizeof(alerted{}))

// A supervisor that is killed at any instruction has a successor: no call is
// lost or gets a wrong answer, and an alert that is given twice says so.
func TestSuccessorTakesOver(t *testing.T) {
	for _, how := range []string{"killable", "restarting"} {
		t.Run(how, func(t *testing.T) {
			// How often signals overtake answers is not known.
			if repeated := takeOver(t, how, "in kernel", unix.SIGKILL, *kills); how == "killable" && repeated > *kills*callers {
				t.Errorf("%d alerts were given again", repeated)
			}
		})
	}
}

// A supervisor that is asked to stop leaves nothing half done: its successor has
// no alert to give again.
func TestSuccessorOfOneThatStopped(t *testing.T) {
	for waiting := range waitings {
		t.Run(waiting, func(t *testing.T) {
			if repeated := takeOver(t, "killable", waiting, unix.SIGTERM, 10); repeated > 0 {
				t.Errorf("%d alerts were given again", repeated)
			}
		})
	}
}

// takeOver ends one supervisor after the other and tells how many alerts were
// given again.
func takeOver(t *testing.T, how, waiting string, sig unix.Signal, times int) (repeated int) {
	t.Helper()
	if how == "killable" {
		if err := seccomp.Require(seccomp.WaitKillableRecv); err != nil {
			victim.Skip(t, err.Error())
		}
	}
	v := victim.Start(t, false, "load", how)
	listener := os.NewFile(uintptr(v.Listener()), "listener")
	defer listener.Close()
	slots := newSlots(t)
	log, err := os.Create(t.TempDir() + "/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	appending, err := unix.FcntlInt(log.Fd(), unix.F_GETFL, 0)
	if err == nil {
		_, err = unix.FcntlInt(log.Fd(), unix.F_SETFL, appending|unix.O_APPEND)
	}
	if err != nil {
		t.Fatal(err)
	}
	owned := 0
	for range times {
		if c := startSupervisor(t, []string{how, waiting}, listener, slots.File(), log); !c.endAfter(rand.N(40*time.Millisecond), sig) {
			t.Fatalf("a supervisor ended by itself: %s", c.out.String())
		}
		owned += slots.Owned()
	}
	t.Logf("%d calls were in the hands of those that ended", owned)
	c := startSupervisor(t, []string{how, waiting}, listener, slots.File(), log)
	v.CloseInput()
	calls := v.End()
	if err := c.wait(); err != nil {
		t.Errorf("the last supervisor: %v, %s", err, c.out.String())
	}
	if n := slots.Owned(); n != 0 {
		t.Errorf("%d calls are left in the table", n)
	}
	var last int
	if _, err := fmt.Sscanf(calls, "calls: %d", &last); err != nil {
		t.Fatalf("the victim said %q", calls)
	}
	return checkAlerts(t, log.Name(), last)
}

func checkAlerts(t *testing.T, path string, calls int) (repeated int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]bool{}
	for ; len(b) >= alertedSize; b = b[alertedSize:] {
		a := *(*alerted)(unsafe.Pointer(&b[0]))
		if seen[a.Call] {
			repeated++
			if a.Repeat == 0 {
				t.Errorf("the alert of call %d is given again and does not say so", a.Call)
			}
		}
		seen[a.Call] = true
	}
	for n := range uint64(calls + 1) {
		if n%outcomes == refuseWithAlert && !seen[n] {
			t.Errorf("call %d has no alert", n)
		}
	}
	t.Logf("%d calls, %d alerts, %d given again", calls, len(seen), repeated)
	return repeated
}
