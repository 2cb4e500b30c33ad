package notify

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/callgate/callgate/tracer/source"
)

func always(uint64) bool { return true }

// only tells that all notifications but one are dead.
func only(id uint64) func(uint64) bool { return func(n uint64) bool { return n == id } }

// noting is a handler that remembers a text.
type noting struct {
	source.Handler
	text string
}

func (n noting) Remember() any { return n.text }

var unasked = noting{nil, "a call"}

// holding is a slot into which a notification was received.
func holding(id uint64) *slot {
	s := new(slot)
	s.notif.ID = id
	return s
}

func TestTwoHonestCallsAreTwo(t *testing.T) {
	r, k := newRestarts(nil), key{tid: 7, nr: 308}
	for id := range uint64(2) {
		p, restarted, mine := r.begin(k, holding(id+1), always)
		if restarted || !mine {
			t.Fatalf("call %d: restarted %v, mine %v", id, restarted, mine)
		}
		if _, again := r.end(k, p, id+1, true); again || p.memo != nil {
			t.Fatalf("call %d left a trace", id)
		}
	}
	if len(r.calls) != 0 {
		t.Errorf("%d calls are still pending", len(r.calls))
	}
}

func TestRestartAfterLateAnswer(t *testing.T) {
	r, k := newRestarts(nil), key{tid: 7, nr: 308}
	p, _, _ := r.begin(k, holding(1), always)
	p.memo = "memo"
	if _, again := r.end(k, p, 1, false); again {
		t.Fatal("there is nothing to judge again yet")
	}
	q, restarted, mine := r.begin(k, holding(2), only(2))
	if q != p || !restarted || !mine || q.memo != "memo" {
		t.Fatalf("the restart is not recognised: %v %v %v", q == p, restarted, mine)
	}
}

func TestRestartWhileDeciding(t *testing.T) {
	r, k, at := newRestarts(nil), key{tid: 7, nr: 308}, holding(1)
	p, _, _ := r.begin(k, at, always)
	if _, restarted, mine := r.begin(k, holding(2), only(2)); !restarted || mine || at.id() != 2 {
		t.Fatalf("a second worker took a call in hand: restarted %v, mine %v, notification %d", restarted, mine, at.id())
	}
	if r.newest(k, p, 1, source.Reply{}, unasked) {
		t.Error("what was decided of a dead notification is taken for an answer")
	}
	next, again := r.end(k, p, 1, false)
	if !again || next != 2 {
		t.Fatalf("the newer notification is not judged: %d %v", next, again)
	}
	if _, again := r.end(k, p, 2, true); again || len(r.calls) != 0 {
		t.Fatal("the call is not closed")
	}
}

// A worker can be so late with a notification that another one has the next.
func TestLateNotification(t *testing.T) {
	r, k, at := newRestarts(nil), key{tid: 7}, holding(1)
	p, _, _ := r.begin(k, at, only(1))
	r.begin(k, holding(3), only(3))
	if _, _, mine := r.begin(k, holding(2), only(3)); mine || r.calls[k] != p || p.id != 3 || at.id() != 3 {
		t.Errorf("the late one is decided: %v; in hand is %d, in the slot %d", mine, p.id, at.id())
	}
	if next, again := r.end(k, p, 1, false); !again || next != 3 {
		t.Errorf("the next is %d, %v", next, again)
	}
	r.end(k, p, 3, true)
	if _, _, mine := r.begin(k, holding(2), only(4)); mine || len(r.calls) != 0 {
		t.Error("it is decided when the call is over")
	}
}

// An answer that is known of a dead notification is none of its successor: in
// the table it must not look like one.
func TestKnownAnswerIsNotInherited(t *testing.T) {
	r, k, at := newRestarts(nil), key{tid: 7}, holding(1)
	p, _, _ := r.begin(k, at, always)
	at.begin()
	if !r.newest(k, p, 1, source.Reply{Verb: source.Fail, Errno: 1}, unasked) || at.state != done {
		t.Fatalf("the answer is not noted: state %d", at.state)
	}
	r.begin(k, holding(2), only(2))
	if at.state != begun || at.id() != 2 {
		t.Errorf("state %d of notification %d", at.state, at.id())
	}
}

func TestSuccessorSuspectsARepetition(t *testing.T) {
	r, k := newRestarts(nil), key{tid: 7}
	var err error
	if r.table, err = NewSlots(); err != nil {
		t.Fatal(err)
	}
	defer r.table.Close()
	p, _, _ := r.begin(k, holding(1), always)
	p.slot.begin()
	r.end(k, p, 1, false)
	r = newRestarts(r.table) // of a successor
	if p, _, mine := r.begin(k, holding(2), only(2)); !mine || !p.repeat {
		t.Errorf("mine %v, repeat %v", mine, p.repeat)
	}
	r = newRestarts(r.table)
	if p, _, _ := r.begin(k, holding(3), only(3)); p.repeat {
		t.Error("it is suspected for ever")
	}
}

// Threads that die or leave a call must not fill the table, and evicting must
// not forget what a worker has in hand.
func TestPendingIsBounded(t *testing.T) {
	r := newRestarts(nil)
	held := key{tid: 1}
	p, _, _ := r.begin(held, holding(1), always)
	for i := range uint32(3 * maxPending) {
		k := key{tid: i + 2}
		q, _, _ := r.begin(k, holding(uint64(i)+2), always)
		r.end(k, q, q.id, false)
		if len(r.calls) > maxPending {
			t.Fatalf("%d pending calls", len(r.calls))
		}
	}
	if r.calls[held] != p {
		t.Error("a call in hand was forgotten")
	}
}

// Against a model: whatever comes in whichever order, one worker at a time has a
// call in hand, and the answer goes to its newest notification, which is in that
// worker's slot.
func TestRestartsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, k := newRestarts(nil), key{tid: 9}
		var id uint64
		var inHand *pending
		var judged uint64
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if inHand == nil || rapid.Bool().Draw(t, "notify") {
				id++
				p, _, mine := r.begin(k, holding(id), only(id))
				if mine != (inHand == nil) {
					t.Fatalf("notification %d: mine %v while in hand %v", id, mine, inHand != nil)
				}
				if mine {
					inHand, judged = p, id
				}
				if inHand.slot.id() != id {
					t.Fatalf("notification %d is not in the slot of the one who decides it", id)
				}
				continue
			}
			accepted := rapid.Bool().Draw(t, "accepted") // and overtaken, when there is a newer one
			next, again := r.end(k, inHand, judged, accepted)
			switch {
			case again && next != id:
				t.Fatalf("to be judged: %d, newest: %d", next, id)
			case again:
				judged = next
			case judged != id:
				t.Fatalf("notification %d was left without an answer", id)
			default:
				inHand = nil
			}
		}
	})
}
