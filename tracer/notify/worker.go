package notify

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

// worker receives, decides and answers one call at a time.
type worker struct {
	source   *Source
	handler  source.Handler
	recorder *stats.Recorder // or nil
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
		w.handler.Rest()
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
		if w.recorder != nil {
			w.start = time.Now()
		}
		w.calls++
		w.began.Store(w.calls)
		w.source.watch()
		err := w.serve()
		w.began.Store(0)
		if err != nil {
			return err
		}
		if w.recorder != nil {
			w.recorder.Record(w.call.ABI, w.call.NR, w.took)
		}
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
		reply := w.decide()
		_, err := w.answer(reply, w.notif.ID)
		return err
	}
	return w.serveRestartable()
}

// decide has the call judged, and notes when that was done.
func (w *worker) decide() source.Reply {
	reply := w.handler.Handle(&w.call)
	if w.recorder != nil {
		w.took = time.Since(w.start)
	}
	return reply
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
		reply := w.decide()
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

// killGroup sends SIGKILL to the process of a thread: kill(2) accepts any
// thread's id and acts on its whole group.
func killGroup(tid int) error { return unix.Kill(tid, unix.SIGKILL) }
