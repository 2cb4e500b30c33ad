package notify

import (
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/source"
)

// slot is the place of one call that was received and not answered yet. In
// shared memory it outlives the process that received the call: the kernel
// delivers a notification only once, so an id that died with its receiver would
// leave the caller blocked for ever (seccomp_unotify(2)).
//
// A slot is owned while its notification's id is not zero, which the kernel
// writes on receipt. It is released by one store of that id; what else it holds
// is cleared only afterwards, so that whoever finds it sees either a whole call
// or none.
type slot struct {
	notif seccomp.Notification
	state uint32
	verb  uint32 // with done: the answer
	errno uint32
	_     [36]byte // two cache lines, of no other worker
}

// States of a slot, in this order.
const (
	received uint32 = iota // nothing was done about the call
	begun                  // alerts of it may have left
	done                   // its answer is known
)

func (s *slot) id() uint64 { return atomic.LoadUint64(&s.notif.ID) }

// begin notes that alerts may leave from now on.
func (s *slot) begin() { atomic.StoreUint32(&s.state, begun) }

// finish notes the answer before it is given. A call of which no alert has left
// may as well be decided once more, so this is only for one that has begun.
func (s *slot) finish(r source.Reply) {
	if atomic.LoadUint32(&s.state) == received {
		return
	}
	s.verb, s.errno = uint32(r.Verb), uint32(r.Errno)
	atomic.StoreUint32(&s.state, done)
}

// renew puts the call's newest notification in place of one that is dead. An
// answer was known of the dead one only.
func (s *slot) renew(id uint64) {
	if atomic.LoadUint32(&s.state) == done {
		s.begin()
	}
	atomic.StoreUint64(&s.notif.ID, id)
}

// reply is the answer of a slot that is done.
func (s *slot) reply() source.Reply {
	return source.Reply{Verb: source.Verb(s.verb), Errno: unix.Errno(s.errno)}
}

// release gives the slot up. Recv clears the notification that stays in it.
func (s *slot) release() {
	atomic.StoreUint64(&s.notif.ID, 0)
	if s.state != received {
		s.verb, s.errno = 0, 0
		atomic.StoreUint32(&s.state, received)
	}
}
