package notify

import "github.com/callgate/callgate/tracer/source"

// An accepted answer is no promise that the call has ended. A signal wakes the
// thread, and before it runs, an answer is accepted: the kernel drops it, and the
// thread makes the call again (seccomp_do_user_notification in kernel/seccomp.c).
// And a call that was let go and waits, as connect(2) does, is made again when a
// signal ends its wait. Neither can be told from a second call. It is decided as
// one, and its handler is told what it may be.

// answered is the last call of a thread, which was given an answer after alerts
// of it may have left.
type answered struct {
	key  key
	memo any // of its decision; nil: a predecessor's
}

// maxAnswered bounds the threads whose last call is remembered: they end unseen.
const maxAnswered = 1024

// answering notes that a call is about to be answered: once it is, its thread can
// be there again before anything else is done.
func (r *restarts) answering(k key, h source.Handler) {
	if _, known := r.last[k.tid]; !known && len(r.last) >= maxAnswered {
		for tid := range r.last {
			delete(r.last, tid)
			break
		}
	}
	r.last[k.tid] = answered{k, h.Remember()}
	r.table.suspect(k) // of which a successor would not know either
}

// goesOn forgets the last call of a thread that now makes another one.
func (r *restarts) goesOn(k key) {
	if last, known := r.last[k.tid]; known && last.key != k {
		delete(r.last, k.tid)
		r.table.clear(last.key)
	}
}

// recognise tells whether alerts of what looks like a new call, in the slot at,
// may have left before: because of its thread's last call, or a predecessor's.
func (r *restarts) recognise(p *pending, k key, at *slot) {
	var memo any
	if last := r.last[k.tid]; last.key == k {
		memo = last.memo
		delete(r.last, k.tid)
	} else if !r.table.suspects(k) {
		return
	}
	if at.state == received { // not one that a successor only has to answer
		at.begin() // noted here before it is forgotten elsewhere
	}
	r.table.clear(k)
	p.begun, p.answered, p.repeat = true, memo, memo == nil
}
