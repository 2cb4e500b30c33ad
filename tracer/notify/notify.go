// Package notify is the user-notify source: it receives the calls that a
// seccomp filter intercepts, has them judged and answers them
// (seccomp_unotify(2)).
package notify

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

// Options of a source.
type Options struct {
	// NewHandler makes a worker's own handler.
	NewHandler func() source.Handler
	// Stats receives counts and latencies; nil: nobody asks for them.
	Stats *stats.Stats
	// Restarts: signals can abort a call after its notification was received
	// (no WAIT_KILLABLE_RECV), so notifications of one call must be recognised.
	Restarts bool
}

// maxWorkers bounds the calls that are decided at the same time. It takes that
// many stalled decisions (a full alert queue, a file system that hangs) to delay
// the next call; the kernel holds its caller meanwhile.
const maxWorkers = 256

// Source serves one listener.
//
// One worker at a time receives, decides and answers on the same goroutine: that
// is two context switches a call, the least there can be, and it is what sync
// wake-up is made for. A decision that takes longer than patience is left to its
// worker, and another one takes over receiving.
type Source struct {
	listener *seccomp.Listener
	opts     Options
	restarts *restarts // nil: no call is ever restarted after its receipt

	receiver atomic.Pointer[worker] // whose turn it is to receive
	watched  atomic.Bool            // the relay is looking at the receiver
	activity chan struct{}
	done     chan struct{}

	mu      sync.Mutex
	idle    []*worker
	workers int
	err     error
	wg      sync.WaitGroup
}

// patience is how long the receiver may decide before another worker receives.
const patience = time.Millisecond

// Serve receives and answers calls until the last task under the filter is
// gone. It returns nil then, and an error when the listener fails.
func Serve(l *seccomp.Listener, opts Options) error {
	s := &Source{listener: l, opts: opts, activity: make(chan struct{}, 1), done: make(chan struct{})}
	if opts.Restarts {
		s.restarts = newRestarts()
	}
	s.mu.Lock()
	s.promote()
	s.mu.Unlock()
	s.wg.Go(s.relay)
	s.wg.Wait()
	return s.err
}

// promote makes another worker the receiver; the caller holds mu.
func (s *Source) promote() {
	var w *worker
	if n := len(s.idle); n > 0 {
		w, s.idle = s.idle[n-1], s.idle[:n-1]
	} else if s.workers < maxWorkers {
		w = newWorker(s)
		s.workers++
		s.wg.Go(w.run)
	} else {
		return
	}
	s.receiver.Store(w)
	w.turn <- struct{}{}
}

// park lets a worker that is no longer the receiver wait for its next turn.
func (s *Source) park(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, w)
}

// finish ends all workers; the first error stays.
func (s *Source) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
	default:
		s.err = err
		close(s.done)
	}
}

// relay watches that receiving goes on while a decision takes its time. It runs
// only while calls come in.
func (s *Source) relay() {
	for {
		select {
		case <-s.activity:
		case <-s.done:
			return
		}
		for quiet := 0; quiet < 10; {
			w := s.receiver.Load()
			seen := w.began.Load()
			select {
			case <-time.After(patience):
			case <-s.done:
				return
			}
			switch {
			case seen != 0 && w.began.Load() == seen && s.receiver.Load() == w:
				s.mu.Lock()
				s.promote()
				s.mu.Unlock()
				quiet = 0
			case seen == 0:
				quiet++
			default:
				quiet = 0
			}
		}
		s.watched.Store(false)
	}
}

// watch wakes the relay when it sleeps.
func (s *Source) watch() {
	if !s.watched.Load() && s.watched.CompareAndSwap(false, true) {
		select {
		case s.activity <- struct{}{}:
		default:
		}
	}
}
