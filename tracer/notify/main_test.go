package notify_test

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/source"
)

// roles are what a child of this package's tests may be asked to do; each file
// adds its own.
var roles = map[string]func([]string){}

func TestMain(m *testing.M) {
	victim.Dispatch(roles)
	os.Exit(m.Run())
}

// stub is a handler whose judgement is the test's. It remembers every decision,
// as one that rests on registers may be.
type stub struct {
	judge  func(*source.Call) source.Reply
	unread func(*source.Call) source.Reply
	judged atomic.Int64 // calls that were not known
	repeat atomic.Int64 // calls that may be those before them
	given  atomic.Int64 // up
	back   atomic.Int64
}

type stubHandler struct {
	s    *stub
	last *source.Reply // nil: it has decided nothing yet
}

func (s *stub) newHandler() source.Handler { return &stubHandler{s: s} }

func (h *stubHandler) Handle(c *source.Call) source.Reply {
	if known, ok := c.Memo.(*source.Reply); ok {
		return h.decided(*known)
	}
	if c.Answered == nil {
		h.s.judged.Add(1)
	} else {
		h.s.repeat.Add(1)
	}
	return h.decided(h.s.judge(c))
}

func (h *stubHandler) decided(r source.Reply) source.Reply {
	h.last = &r
	return r
}

func (h *stubHandler) Unread(c *source.Call) (source.Reply, func()) {
	h.s.given.Add(1)
	return h.decided(h.s.unread(c)), func() { h.s.back.Add(1) }
}

// Remember knows nothing of what a predecessor decided.
func (h *stubHandler) Remember() any {
	if h.last == nil {
		return nil
	}
	return h.last
}
func (*stubHandler) Rest() {}

// fail is the answer that names the call's second argument.
func fail(c *source.Call) source.Reply {
	return source.Reply{Verb: source.Fail, Errno: unix.Errno(c.Args[1])}
}

// urge sends SIGURG to every other thread of this process until stop is closed.
func urge(stop chan struct{}, every time.Duration) {
	runtime.LockOSThread()
	self, pid := unix.Gettid(), os.Getpid()
	for {
		select {
		case <-stop:
			return
		case <-time.After(every):
		}
		tasks, _ := os.ReadDir("/proc/self/task")
		for _, t := range tasks {
			if tid := number(t.Name()); tid != self {
				_ = unix.Tgkill(pid, tid, unix.SIGURG) // it may have ended
			}
		}
	}
}

func number(s string) (n int) {
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

// flags are those of a listener, with or without WAIT_KILLABLE_RECV.
func flags(killable bool) seccomp.Flags {
	if killable {
		return seccomp.BestFlags()
	}
	return seccomp.FlagNewListener
}
