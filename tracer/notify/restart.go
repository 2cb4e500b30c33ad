package notify

import (
	"sync"

	"github.com/callgate/callgate/seccomp"
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
	deciding bool   // a worker is at it
	memo     any    // the handler's note on the last decision
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
}

func newRestarts() *restarts { return &restarts{calls: make(map[key]*pending)} }

// begin registers a received notification. mine is false when another worker is
// deciding this call already: it will answer the new notification.
func (r *restarts) begin(k key, id uint64, valid func(uint64) bool) (p *pending, restarted, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p = r.calls[k]
	if p == nil || valid(p.id) {
		if len(r.calls) >= maxPending {
			r.evict()
		}
		p = &pending{id: id, deciding: true}
		r.calls[k] = p
		return p, false, true
	}
	mine = !p.deciding
	p.id, p.deciding = id, true
	return p, true, mine
}

// evict forgets calls that nobody is deciding.
func (r *restarts) evict() {
	for k, p := range r.calls {
		if !p.deciding {
			delete(r.calls, k)
		}
	}
}

// memo is the handler's note on the last decision of the call.
func (r *restarts) memo(p *pending) any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return p.memo
}

// end closes a call whose answer was accepted. When it was not, the call stays
// known, so that its next notification is recognised; if that one is there
// already, it is returned to be judged and answered by the same worker.
func (r *restarts) end(k key, p *pending, answered uint64, accepted bool, memo any) (next uint64, again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if accepted {
		if r.calls[k] == p {
			delete(r.calls, k)
		}
		return 0, false
	}
	p.memo = memo
	if p.id != answered {
		return p.id, true
	}
	p.deciding = false
	return 0, false
}
