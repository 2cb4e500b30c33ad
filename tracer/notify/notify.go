// Package notify is the user-notify source: it receives the calls that a
// seccomp filter intercepts, has them judged and answers them
// (seccomp_unotify(2)).
package notify

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

// Options of a source.
type Options struct {
	// NewHandler makes a worker's own handler.
	NewHandler func() source.Handler
	// Stats receives counts and latencies.
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

// worker receives, decides and answers one call at a time.
type worker struct {
	source   *Source
	handler  source.Handler
	recorder *stats.Recorder
	turn     chan struct{}
	began    atomic.Int64 // sequence number of the call being decided, or 0
	calls    int64
	notif    seccomp.Notification
	call     source.Call
	start    time.Time     // of the receipt of the call in hand
	took     time.Duration // until its answer was known
}

func newWorker(s *Source) *worker {
	w := &worker{source: s, handler: s.opts.NewHandler(), recorder: s.opts.Stats.Recorder(), turn: make(chan struct{}, 1)}
	w.call.Valid = w.valid
	return w
}

func (w *worker) valid() bool { return w.source.listener.Valid(w.notif.ID) }

func (w *worker) run() {
	for {
		select {
		case <-w.turn:
		case <-w.source.done:
			return
		}
		if err := w.receive(); err != nil {
			if errors.Is(err, seccomp.ErrHangup) {
				err = nil
			}
			w.source.finish(err)
			return
		}
		w.source.park(w)
	}
}

// receive serves calls until it is another worker's turn.
func (w *worker) receive() error {
	for w.source.receiver.Load() == w {
		switch err := w.source.listener.Recv(&w.notif); {
		case errors.Is(err, seccomp.ErrInterrupted):
			continue // the caller died or was interrupted before we received
		case err != nil:
			return err
		}
		w.start = time.Now()
		w.calls++
		w.began.Store(w.calls)
		w.source.watch()
		err := w.serve()
		w.began.Store(0)
		if err != nil {
			return err
		}
		w.recorder.Record(w.call.ABI, w.call.NR, w.took)
	}
	return nil
}

// serve decides the received call and answers it.
func (w *worker) serve() error {
	if !w.describe() {
		return w.source.accepted(w.source.listener.ReturnErrno(w.notif.ID, unix.ENOSYS))
	}
	if w.source.restarts == nil {
		w.call.Memo = nil
		reply := w.handler.Handle(&w.call)
		w.took = time.Since(w.start)
		_, err := w.answer(reply, w.notif.ID)
		return err
	}
	return w.serveRestartable()
}

// serveRestartable answers whichever notification of the call is the newest.
// A newer one is judged again: the thread may have changed what its arguments
// point to before it was made to restart the call.
func (w *worker) serveRestartable() error {
	r, k := w.source.restarts, keyOf(&w.notif)
	p, restarted, mine := r.begin(k, w.notif.ID, w.source.listener.Valid)
	if restarted {
		w.source.opts.Stats.Coalesced()
	}
	if !mine {
		return nil
	}
	for {
		w.call.Memo = r.memo(p)
		reply := w.handler.Handle(&w.call)
		w.took = time.Since(w.start)
		id := w.notif.ID
		ok, err := w.answer(reply, id)
		if err != nil {
			return err
		}
		next, again := r.end(k, p, id, ok, reply.Memo)
		if !again {
			return nil
		}
		w.notif.ID = next
	}
}

// describe turns the notification into a call. It is false for an ABI that the
// filter should have refused: such a call is answered ENOSYS, never let through.
func (w *worker) describe() bool {
	n := &w.notif
	k, ok := n.Data.Call()
	w.call.TID, w.call.ABI, w.call.NR, w.call.IP, w.call.Args = int(n.TID), k.ABI, k.NR, n.Data.IP, n.Data.Args
	return ok && k.ABI != syscalls.X32
}

// answer gives the kernel the reply. A caller that is gone takes no answer; that
// is reported by the first result and is no error.
func (w *worker) answer(r source.Reply, id uint64) (accepted bool, err error) {
	l := w.source.listener
	switch r.Verb {
	case source.Continue:
		err = l.Continue(id)
	case source.Fail:
		err = l.ReturnErrno(id, r.Errno)
	case source.Kill:
		// The thread sleeps in the call that id names, so its number can't be
		// another's. It dies before it could see the errno.
		if w.valid() && w.call.TID > 0 {
			if kerr := killGroup(w.call.TID); kerr != nil && !errors.Is(kerr, unix.ESRCH) {
				err = fmt.Errorf("kill process of thread %d: %w", w.call.TID, kerr)
			}
		}
		err = errors.Join(err, w.source.accepted(l.ReturnErrno(id, unix.EPERM)))
		return err == nil, err
	}
	if errors.Is(err, seccomp.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// accepted drops the error of an answer whose caller is gone.
func (s *Source) accepted(err error) error {
	if errors.Is(err, seccomp.ErrNotFound) {
		return nil
	}
	return err
}
