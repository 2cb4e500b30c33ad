// Package notify is the user-notify source: it receives the calls that a
// seccomp filter intercepts, has them judged and answers them
// (seccomp_unotify(2)).
package notify

import (
	"errors"
	"sync"
	"sync/atomic"

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
	// Slots is where calls are kept from their receipt to their answer; nil: in
	// memory of this process, with which they die. What a predecessor left in
	// the table is decided and answered first.
	Slots *Slots
	// Waiting is how the source waits for calls.
	Waiting Waiting
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
	wait     lounge

	receiver atomic.Pointer[worker] // whose turn it is to receive
	stopping atomic.Bool            // no decision may begin
	hurry    atomic.Bool            // those that run are not waited for
	relay    relay
	done     chan struct{}

	mu      sync.Mutex
	workers map[*worker]struct{} // that run
	idle    []*worker
	free    []*slot // that were used before and are no worker's
	made    int     // slots that were ever used
	err     error
	wg      sync.WaitGroup // of the workers and the relay
}

// New makes a source. It takes its turn when it is served.
func New(l *seccomp.Listener, opts Options) *Source {
	s := &Source{listener: l, opts: opts, done: make(chan struct{}), workers: make(map[*worker]struct{})}
	if opts.Restarts {
		s.restarts = newRestarts(opts.Slots)
	}
	s.wait.init(l, opts.Waiting)
	s.relay.init(s)
	return s
}

// Serve is New and Source.Serve.
func Serve(l *seccomp.Listener, opts Options) error { return New(l, opts).Serve() }

// Serve receives and answers calls until the last task under the filter is
// gone. It returns nil then, ErrStopped after Stop, and an error when the
// listener fails.
func (s *Source) Serve() error {
	heirs := s.recover()
	s.mu.Lock()
	if !s.promote() {
		s.receiver.Store(heirs[0])
	}
	for _, w := range heirs {
		s.start(w, w.inherit)
	}
	s.mu.Unlock()
	s.wg.Go(s.relay.run)
	<-s.done
	s.leave()
	s.wait.close()
	return s.err
}

// leave waits for the workers to end, but not for those that Stop left behind.
func (s *Source) leave() {
	if s.hurry.Load() || errors.Is(s.err, ErrStopped) && s.wait.blocked() {
		return
	}
	s.wg.Wait()
}

// promote makes another worker the receiver; false when there is none. The
// caller holds mu.
func (s *Source) promote() bool {
	if n := len(s.idle); n > 0 {
		w := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.receiver.Store(w)
		w.turn <- struct{}{}
		return true
	}
	at := s.newSlot()
	if at == nil {
		return false
	}
	w := newWorker(s, at)
	s.receiver.Store(w)
	s.start(w, nil)
	return true
}

// start lets a worker work, beginning with what it was made for. The caller
// holds mu.
func (s *Source) start(w *worker, first func() error) {
	s.workers[w] = struct{}{}
	s.wg.Add(1)
	go func() {
		if !errors.Is(w.run(first), errTaken) {
			s.wg.Done()
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.workers, w)
	}()
}

// newSlot is a slot for another worker, or nil when there is none. The caller
// holds mu.
func (s *Source) newSlot() *slot {
	if n := len(s.free); n > 0 {
		at := s.free[n-1]
		s.free = s.free[:n-1]
		return at
	}
	if s.made == maxWorkers {
		return nil
	}
	s.made++
	if s.opts.Slots == nil {
		return new(slot)
	}
	s.opts.Slots.use(s.made - 1)
	return s.opts.Slots.slot(s.made - 1)
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
