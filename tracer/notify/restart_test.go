package notify

import (
	"testing"

	"pgregory.net/rapid"
)

func always(uint64) bool { return true }
func never(uint64) bool  { return false }

func TestTwoHonestCallsAreTwo(t *testing.T) {
	r, k := newRestarts(), key{tid: 7, nr: 308}
	for id := range uint64(2) {
		p, restarted, mine := r.begin(k, id+1, always)
		if restarted || !mine {
			t.Fatalf("call %d: restarted %v, mine %v", id, restarted, mine)
		}
		if _, again := r.end(k, p, id+1, true, "memo"); again || p.memo != nil {
			t.Fatalf("call %d left a trace", id)
		}
	}
	if len(r.calls) != 0 {
		t.Errorf("%d calls are still pending", len(r.calls))
	}
}

func TestRestartAfterLateAnswer(t *testing.T) {
	r, k := newRestarts(), key{tid: 7, nr: 308}
	p, _, _ := r.begin(k, 1, always)
	if _, again := r.end(k, p, 1, false, "memo"); again {
		t.Fatal("there is nothing to judge again yet")
	}
	q, restarted, mine := r.begin(k, 2, never)
	if q != p || !restarted || !mine || r.memo(q) != "memo" {
		t.Fatalf("the restart is not recognised: %v %v %v", q == p, restarted, mine)
	}
}

func TestRestartWhileDeciding(t *testing.T) {
	r, k := newRestarts(), key{tid: 7, nr: 308}
	p, _, _ := r.begin(k, 1, always)
	if _, restarted, mine := r.begin(k, 2, never); !restarted || mine {
		t.Fatalf("a second worker took a call in hand: restarted %v, mine %v", restarted, mine)
	}
	next, again := r.end(k, p, 1, false, nil)
	if !again || next != 2 {
		t.Fatalf("the newer notification is not judged: %d %v", next, again)
	}
	if _, again := r.end(k, p, 2, true, nil); again || len(r.calls) != 0 {
		t.Fatal("the call is not closed")
	}
}

// Threads that die or leave a call must not fill the table, and evicting must
// not forget what a worker has in hand.
func TestPendingIsBounded(t *testing.T) {
	r := newRestarts()
	held := key{tid: 1}
	p, _, _ := r.begin(held, 1, always)
	for i := range uint32(3 * maxPending) {
		k := key{tid: i + 2}
		q, _, _ := r.begin(k, uint64(i)+2, always)
		r.end(k, q, q.id, false, nil)
		if len(r.calls) > maxPending {
			t.Fatalf("%d pending calls", len(r.calls))
		}
	}
	if r.calls[held] != p {
		t.Error("a call in hand was forgotten")
	}
}

// Against a model: whatever comes in whichever order, one worker at a time has a
// call in hand, and the answer goes to its newest notification.
func TestRestartsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, k := newRestarts(), key{tid: 9}
		var id uint64
		var inHand *pending
		var judged uint64
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if inHand == nil || rapid.Bool().Draw(t, "notify") {
				id++
				p, _, mine := r.begin(k, id, never)
				if mine != (inHand == nil) {
					t.Fatalf("notification %d: mine %v while in hand %v", id, mine, inHand != nil)
				}
				if mine {
					inHand, judged = p, id
				}
				continue
			}
			accepted := judged == id && rapid.Bool().Draw(t, "accepted")
			next, again := r.end(k, inHand, judged, accepted, nil)
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
