package notify_test

import (
	"fmt"
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
// call is decided once, and that decision is its answer.
func TestRestartedCallIsDecidedOnce(t *testing.T) {
	for _, role := range []string{"urgent go", "urgent raw"} {
		t.Run(role, func(t *testing.T) {
			v := victim.Start(t, false, role)
			s := &stub{judge: func(c *source.Call) source.Reply {
				for end := time.Now().Add(victim.Limit); c.Valid() && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(50 * time.Millisecond) // and again, some times
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
				t.Errorf("%d judgements of %d calls", n, urgentCalls)
			}
			if st.Report().Coalesced < urgentCalls {
				t.Error("not every call was restarted")
			}
		})
	}
}
