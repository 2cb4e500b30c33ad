package notify

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/callgate/callgate/seccomp"
)

// Waiting is how a source waits for calls.
type Waiting uint8

const (
	// InKernel is the fastest: the receiver sleeps in the kernel, on a thread of
	// its own. Stop can't wake it.
	InKernel Waiting = iota
	// Parked costs no thread, for processes that serve many listeners: the
	// receiver waits in Go's poller, which adds some 10 µs to a call. As long as
	// calls come thick it waits in the kernel all the same.
	Parked
	// Stoppable always waits in Go's poller, so that nothing is received any more
	// once Serve has returned after Stop.
	Stoppable
)

// Calls come thick when thick of them in a row came within a millisecond of the
// answer before.
const (
	thick    = 64
	thickGap = time.Millisecond
)

// lounge is where the receiver waits.
type lounge struct {
	listener *seccomp.Listener
	how      Waiting
	hot      atomic.Bool  // calls come thick
	streak   int          // of whose turn it is
	answered atomic.Int64 // when, ns since the epoch

	turn sync.Mutex // of who waits or receives

	mu      sync.Mutex
	waiter  *seccomp.Waiter // of the receiver; nil: none is needed
	stopped bool
}

func (l *lounge) init(listener *seccomp.Listener, how Waiting) { l.listener, l.how = listener, how }

// blocked reports whether the receiver may be asleep in the kernel.
func (l *lounge) blocked() bool { return l.how == InKernel || l.hot.Load() }

// receive waits for a call and receives it. rest is called when none is there yet.
func (l *lounge) receive(n *seccomp.Notification, rest func()) error {
	if l.how == InKernel {
		return l.listener.Recv(n)
	}
	// A worker that was relieved just when its call ended waits here beside its
	// successor. If both saw one notification, the second would sleep in the
	// kernel, where Stop does not reach it.
	l.turn.Lock()
	defer l.turn.Unlock()
	if err := l.wait(rest); err != nil {
		return err
	}
	err := l.listener.Recv(n)
	if err == nil && l.how == Parked {
		l.received(time.Now())
	}
	return err
}

// wait returns when there is something to receive, or at once where the receiver
// waits in the kernel.
func (l *lounge) wait(rest func()) error {
	if l.hot.Load() {
		return nil
	}
	w, err := l.open()
	if err != nil {
		return err
	}
	if !w.Ready() {
		rest()
	}
	return w.Wait()
}

func (l *lounge) open() (*seccomp.Waiter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return nil, seccomp.ErrStopped
	}
	if l.waiter != nil {
		return l.waiter, nil
	}
	w, err := l.listener.NewWaiter()
	if err != nil {
		return nil, err
	}
	l.waiter = w
	return w, nil
}

// received and served tell of a call, so that it is known how thick they come.
func (l *lounge) received(at time.Time) {
	if at.UnixNano()-l.answered.Load() > int64(thickGap) {
		l.streak = 0
		l.hot.Store(false)
		return
	}
	if l.streak++; l.streak == thick {
		l.hot.Store(true)
		l.close()
	}
}

func (l *lounge) served() {
	if l.how == Parked {
		l.answered.Store(time.Now().UnixNano())
	}
}

// stop makes wait return, now and later.
func (l *lounge) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	if l.waiter != nil {
		l.waiter.Stop()
	}
}

func (l *lounge) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiter != nil {
		l.waiter.Close()
		l.waiter = nil
	}
}
