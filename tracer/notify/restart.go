package notify

import (
	"sync"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/source"
)

// key is what two notifications of one restarted call have in common: the same
// thread executes the same instruction again with the same registers.
type key struct {
	tid  uint32
	nr   int32
	arch uint32
	ip   uint64
	args [6]uint64
}

func keyOf(n *seccomp.Notification) key {
	return key{n.TID, n.Data.NR, n.Data.Arch, n.Data.IP, n.Data.Args}
}

// pending is a call that was received and not answered yet.
type pending struct {
	id       uint64 // its newest notification, the only one that can be answered
	slot     *slot  // of the worker that decides it; nil: none does
	memo     any    // of the last decision; the deciding worker's
	begun    bool   // alerts of it may have left
	repeat   bool   // and nobody knows which, as from a source that was killed
	answered any    // the memo of the call before it, which it may be
}

// maxPending bounds the calls whose last answer came too late and that have not
// come back: their thread died, or its signal handler left the call.
const maxPending = 4096

// restarts recognises notifications of one call that a signal made its thread
// restart (kernels without WAIT_KILLABLE_RECV, and runc before libseccomp 2.6).
// A notification is the same call as before only while that call is
// unanswered: two honest calls in a row are two calls.
type restarts struct {
	mu    sync.Mutex
	calls map[key]*pending
	last  map[uint32]answered // by thread
	table *Slots              // or nil
}

func newRestarts(table *Slots) *restarts {
	return &restarts{calls: make(map[key]*pending), last: make(map[uint32]answered), table: table}
}

// begin registers a received notification, which lies in the slot at. mine is
// false when there is nothing to do about it. Either it is dead, and must not take
// the place of a newer one that another worker was faster with. Or another worker
// is deciding this call already: then the notification is in that worker's slot as
// well, and it will answer it.
func (r *restarts) begin(k key, at *slot, valid func(uint64) bool) (p *pending, restarted, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := at.id()
	p = r.calls[k]
	if !valid(id) {
		return nil, p != nil, false
	}
	r.goesOn(k)
	if p == nil || valid(p.id) {
		p = r.add(k, at)
		p.id, p.slot = id, at
		return p, false, true
	}
	p.id = id
	if p.slot != nil {
		p.slot.renew(id)
		return p, true, false
	}
	p.slot = at
	if p.begun {
		at.begin()
	}
	return p, true, true
}

func (r *restarts) add(k key, at *slot) *pending {
	if len(r.calls) >= maxPending {
		r.evict()
	}
	p := new(pending)
	r.recognise(p, k, at)
	r.calls[k] = p
	return p
}

// evict forgets calls that nobody is deciding.
func (r *restarts) evict() {
	for k, p := range r.calls {
		if p.slot == nil {
			delete(r.calls, k)
		}
	}
}

// newest reports whether a notification that was decided is the newest of its
// call, and notes its answer then: what was decided of an older one, by the
// handler h, is none for this one.
func (r *restarts) newest(k key, p *pending, decided uint64, reply source.Reply, h source.Handler) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.id != decided {
		return false
	}
	p.slot.finish(reply)
	if p.slot.state != received {
		r.answering(k, h)
	}
	return true
}

// end closes a call whose answer was accepted. When it was not, the call stays
// known, so that its next notification is recognised. If a next one is there
// already, of this call or of the one after it, it is in this worker's slot, and
// is returned to be decided and answered by it.
func (r *restarts) end(k key, p *pending, answered uint64, accepted bool) (next uint64, again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case accepted && p.id != answered:
		*p = pending{id: p.id, slot: p.slot}
		r.recognise(p, k, p.slot)
	case accepted:
		if r.calls[k] == p {
			delete(r.calls, k)
		}
		return 0, false
	case r.last[k.tid].key == k:
		delete(r.last, k.tid) // it is pending and not answered
	}
	if p.id != answered {
		return p.id, true
	}
	if p.slot.state != received {
		p.begun = true
		r.table.suspect(k)
	}
	p.slot = nil
	return 0, false
}
