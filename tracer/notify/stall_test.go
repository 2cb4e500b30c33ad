package notify_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
)

const stalling = 300

func init() {
	roles["stalling"] = func([]string) {
		victim.BeWatched(victim.Marked(), seccomp.BestFlags())
		victim.Become("stalling, watched")
	}
	roles["stalling, watched"] = func([]string) {
		var refused atomic.Int32
		var wg sync.WaitGroup
		for range stalling {
			wg.Go(func() {
				if _, errno := victim.Call(1, 5); errno == unix.EPERM {
					refused.Add(1)
				}
			})
		}
		wg.Go(func() {
			_, errno := victim.Call(2, 6)
			fmt.Println("honest:", int(errno))
		})
		wg.Wait()
		fmt.Println("refused:", refused.Load())
	}
}

// More decisions than there are workers do not come to an end: they are given
// up, and another call is served.
func TestStalledDecisionsAreGivenUp(t *testing.T) {
	v := victim.Start(t, false, "stalling")
	release := make(chan struct{})
	s := &stub{unread: func(*source.Call) source.Reply { return source.Reply{Verb: source.Fail, Errno: unix.EPERM} }}
	s.judge = func(c *source.Call) source.Reply {
		if c.Args[0]&0xf != 1 {
			return fail(c)
		}
		if s.given.Load() == 0 {
			<-release
			if c.Act(func() { t.Error("a call that was given up is acted on") }) {
				t.Error("a call that was given up is its handler's")
			}
		}
		return source.Reply{Verb: source.Fail, Errno: unix.EPERM}
	}
	if err := notify.Serve(v.Listen(), notify.Options{NewHandler: s.newHandler, Slots: newSlots(t)}); err != nil {
		t.Error(err)
	}
	if got := v.End(); got != fmt.Sprintf("honest: 6\nrefused: %d", stalling) {
		t.Errorf("the victim said %q", got)
	}
	if s.given.Load() == 0 {
		t.Error("nothing was given up")
	}
	close(release)
	eventually(t, "the stuck come back", func() bool { return s.back.Load() == s.given.Load() })
}
