package notify_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

const urgentCalls = 4

func init() {
	roles["urgent go"] = func([]string) { urgent(victim.Call) }
	// As a program without a runtime makes its calls.
	roles["urgent raw"] = func([]string) {
		urgent(func(args ...uintptr) (uintptr, unix.Errno) {
			r, _, errno := unix.RawSyscall6(unix.SYS_GETPPID, args[0]|victim.Mark, args[1], 0, 0, 0, 0)
			return r, errno
		})
	}
}

// urgent makes calls while signals make it restart them.
func urgent(call func(...uintptr) (uintptr, unix.Errno)) {
	victim.BeWatched(victim.Marked(), flags(false))
	stop := make(chan struct{})
	go urge(stop, 5*time.Millisecond)
	for i := range uintptr(urgentCalls) {
		if _, errno := call(i, 10+i); errno != unix.Errno(10+i) {
			fmt.Println("call", i, "returned", errno)
		}
	}
	close(stop)
	fmt.Println("done")
}

// However often signals make a thread restart a call while it is decided, the
// call is decided once, and that decision is its answer. A signal that overtakes an
// accepted answer makes it look like a second call: that one is told what it may be.
func TestRestartedCallIsDecidedOnce(t *testing.T) {
	for _, role := range []string{"urgent go", "urgent raw"} {
		t.Run(role, func(t *testing.T) {
			v := victim.Start(t, false, role)
			s := &stub{judge: func(c *source.Call) source.Reply {
				for end := time.Now().Add(victim.Limit); c.Valid() && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(50 * time.Millisecond) // and again, some times
				c.Act(func() {})
				return fail(c)
			}}
			st := stats.New()
			if err := notify.Serve(v.Listen(), notify.Options{NewHandler: s.newHandler, Restarts: true, Stats: st}); err != nil {
				t.Error(err)
			}
			if got := v.End(); got != "done" {
				t.Errorf("the victim said %q", got)
			}
			if n := s.judged.Load(); n != urgentCalls {
				t.Errorf("%d judgements of %d calls, beside %d of what may be repetitions", n, urgentCalls, s.repeat.Load())
			}
			if st.Report().Coalesced < urgentCalls {
				t.Error("not every call was restarted")
			}
		})
	}
}

// Signals come right before answers, and overtake some that are accepted: the alert
// of each call is there once, and again only as what may be a repetition.
func TestOvertakenAnswers(t *testing.T) {
	const enough = 5000
	v := victim.Start(t, false, "load", "restarting")
	var mu sync.Mutex
	alerts := map[uint64]int{} // those that say they are the first
	given, end := 0, time.Now().Add(10*time.Second)
	s := &stub{judge: func(c *source.Call) source.Reply {
		n := uintptr(c.Args[1])
		switch n % outcomes {
		case letGo:
			return source.Reply{Verb: source.Continue}
		case refuseWithAlert:
			c.Act(func() {
				mu.Lock()
				defer mu.Unlock()
				if c.Answered == nil {
					alerts[c.Args[1]]++
				}
				if given++; given == enough || time.Now().After(end) {
					v.CloseInput()
				}
			})
			if c.Answered == nil {
				_ = unix.Tgkill(v.Cmd.Process.Pid, c.TID, unix.SIGURG) // it may have been killed
				for until := time.Now().Add(rand.N(20 * time.Microsecond)); time.Now().Before(until); {
				}
			}
		}
		return source.Reply{Verb: source.Fail, Errno: errnoOf(n)}
	}}
	if err := notify.Serve(v.Listen(), notify.Options{NewHandler: s.newHandler, Restarts: true}); err != nil {
		t.Error(err)
	}
	var last uint64
	if said := v.End(); !parse(said, &last) {
		t.Fatalf("the victim said %q", said)
	}
	for n := range last + 1 {
		if n%outcomes == refuseWithAlert && alerts[n] != 1 {
			t.Errorf("call %d has %d alerts without a mark", n, alerts[n])
		}
	}
	t.Logf("%d calls, %d alerts, %d of them marked", last, given, given-len(alerts))
}

func parse(said string, last *uint64) bool {
	_, err := fmt.Sscanf(said, "calls: %d", last)
	return err == nil
}
