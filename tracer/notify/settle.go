package notify

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/source"
)

// settle decides the call in hand and answers it.
func (w *worker) settle(decide func(*source.Call) source.Reply) error {
	if !w.describe() {
		if !w.phase.act() {
			return errTaken
		}
		_, err := w.answer(source.Reply{Verb: source.Fail, Errno: unix.ENOSYS})
		return err
	}
	if w.source.restarts != nil {
		return w.settleRestartable(decide)
	}
	w.call.Memo = nil
	reply, ok := w.decide(decide)
	if !ok {
		return errTaken
	}
	w.slot.finish(reply)
	_, err := w.answer(reply)
	return err
}

// decide has the call judged, and notes when that was done; false: it was taken
// meanwhile.
func (w *worker) decide(decide func(*source.Call) source.Reply) (source.Reply, bool) {
	reply := decide(&w.call)
	if !w.phase.act() {
		return reply, false
	}
	if w.recorder != nil {
		w.took = time.Since(w.start)
	}
	return reply, true
}

// settleRestartable answers whichever notification of the call is the newest.
// What was decided of an older one is the handler's to confirm: the thread may
// have changed what its arguments point to before it was made to restart the
// call.
func (w *worker) settleRestartable(decide func(*source.Call) source.Reply) error {
	r, k := w.source.restarts, keyOf(&w.slot.notif)
	if w.restart == nil {
		p, restarted, mine := r.begin(k, w.slot, w.source.listener.Valid)
		if restarted {
			w.source.opts.Stats.Coalesced()
		}
		if !mine {
			if !w.phase.act() {
				return errTaken
			}
			w.took = time.Since(w.start)
			return nil
		}
		w.restart = p
	}
	for p := w.restart; ; w.phase.decide() {
		w.call.Memo, w.call.Repeat, w.call.Answered = p.memo, p.repeat, p.answered
		reply, ok := w.decide(decide)
		if !ok {
			return errTaken // nothing of the worker's may be touched: another one has it
		}
		accepted := false
		if r.newest(k, p, w.id, reply, w.handler) {
			var err error
			if accepted, err = w.answer(reply); err != nil {
				return err
			}
		}
		if !accepted {
			p.memo = w.handler.Remember()
		}
		next, again := r.end(k, p, w.id, accepted)
		if !again {
			w.restart = nil
			return nil
		}
		w.id, decide = next, w.handler.Handle
	}
}

// describe turns the notification into a call. It is false for an ABI that the
// filter should have refused: such a call is answered ENOSYS, never let through.
func (w *worker) describe() bool {
	n := &w.slot.notif
	k, ok := n.Data.Call()
	w.call.TID, w.call.ABI, w.call.NR, w.call.IP, w.call.Args = int(n.TID), k.ABI, k.NR, n.Data.IP, n.Data.Args
	return ok && k.ABI != syscalls.X32
}

// answer gives the kernel the reply. A caller that is gone takes no answer; that
// is reported by the first result and is no error.
func (w *worker) answer(r source.Reply) (accepted bool, err error) {
	l := w.source.listener
	switch r.Verb {
	case source.Continue:
		err = l.Continue(w.id)
	case source.Fail:
		err = l.ReturnErrno(w.id, r.Errno)
	case source.Kill:
		// The thread sleeps in the call that id names, so its number can't be
		// another's. It dies before it could see the errno.
		var kerr error
		if w.valid() && w.call.TID > 0 {
			if kerr = killGroup(w.call.TID); errors.Is(kerr, unix.ESRCH) {
				kerr = nil
			} else if kerr != nil {
				kerr = fmt.Errorf("kill process of thread %d: %w", w.call.TID, kerr)
			}
		}
		err = l.ReturnErrno(w.id, unix.EPERM)
		if kerr != nil {
			return false, errors.Join(kerr, err)
		}
	}
	if errors.Is(err, seccomp.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// killGroup sends SIGKILL to the process of a thread: kill(2) accepts any
// thread's id and acts on its whole group.
func killGroup(tid int) error { return unix.Kill(tid, unix.SIGKILL) }
