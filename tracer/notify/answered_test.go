package notify

import (
	"testing"

	"github.com/callgate/callgate/tracer/source"
)

// answer takes a call of which an alert has left to an answer that is accepted.
func (r *restarts) answer(t *testing.T, k key, id uint64, note string) (p *pending) {
	t.Helper()
	at := holding(id)
	p, _, mine := r.begin(k, at, only(at.id()))
	at.begin()
	if !mine || !r.newest(k, p, id, source.Reply{}, noting{nil, note}) {
		t.Fatalf("call %d is not answered", id)
	}
	if _, again := r.end(k, p, id, true); again || len(r.calls) != 0 {
		t.Fatalf("call %d is not over", id)
	}
	return p
}

func TestCallLikeTheLastOne(t *testing.T) {
	for _, c := range []struct {
		name  string
		calls []key
		want  any // what is told of the last of them
	}{
		{"same", []key{{tid: 7, nr: 1}, {tid: 7, nr: 1}}, "0"},
		{"once more", []key{{tid: 7, nr: 1}, {tid: 7, nr: 1}, {tid: 7, nr: 1}}, "1"},
		{"other", []key{{tid: 7, nr: 1}, {tid: 7, nr: 2}}, nil},
		{"another between", []key{{tid: 7, nr: 1}, {tid: 7, nr: 2}, {tid: 7, nr: 1}}, nil},
		{"other thread's between", []key{{tid: 7, nr: 1}, {tid: 8, nr: 1}, {tid: 7, nr: 1}}, "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := NewSlots()
			if err != nil {
				t.Fatal(err)
			}
			defer table.Close()
			r := newRestarts(table)
			var p *pending
			for i, k := range c.calls {
				p = r.answer(t, k, uint64(i)+1, string(rune('0'+i)))
			}
			if p.answered != c.want || p.repeat {
				t.Errorf("of the last call is told %v, repeat %v", p.answered, p.repeat)
			}
		})
	}
}

// A call of which no alert has left may as well be another one.
func TestSilentCallIsForgotten(t *testing.T) {
	r, k := newRestarts(nil), key{tid: 7}
	p, _, _ := r.begin(k, holding(1), only(1))
	r.newest(k, p, 1, source.Reply{}, nil)
	r.end(k, p, 1, true)
	if len(r.last) != 0 {
		t.Error("it is remembered")
	}
}

// Between the answer and its being noted the thread can make the same call, or
// that one again, and another worker receive it.
func TestCallComesBeforeItsAnswerIsNoted(t *testing.T) {
	for _, alerted := range []bool{false, true} {
		r, k, at := newRestarts(nil), key{tid: 7}, holding(1)
		p, _, _ := r.begin(k, at, only(at.id()))
		if alerted {
			at.begin()
		}
		r.newest(k, p, 1, source.Reply{}, unasked)
		if _, _, mine := r.begin(k, holding(2), only(2)); mine {
			t.Fatal("two workers have the call")
		}
		p.memo = "of the first"
		next, again := r.end(k, p, 1, true)
		if !again || next != 2 || at.id() != 2 || p.memo != nil || (p.answered != nil) != alerted {
			t.Errorf("alerted %v: next %d, again %v, in the slot %d, %+v", alerted, next, again, at.id(), p)
		}
		if _, again := r.end(k, p, 2, true); again || len(r.calls) != 0 {
			t.Error("the second call is not over")
		}
	}
}

// A successor knows of calls that were answered, until their threads go on.
func TestSuccessorKnowsTheLastCall(t *testing.T) {
	table, err := NewSlots()
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	k, gone := key{tid: 7}, key{tid: 8}
	r := newRestarts(table)
	r.answer(t, k, 1, "")
	r.answer(t, gone, 2, "")
	r.begin(key{tid: 8, nr: 1}, holding(3), only(3))
	r = newRestarts(table)
	if p := r.answer(t, k, 4, ""); !p.repeat {
		t.Error("the last call of a thread is not suspected")
	}
	if p := r.answer(t, gone, 5, ""); p.repeat {
		t.Error("a call that its thread has left is suspected")
	}
}

func TestAnsweredIsBounded(t *testing.T) {
	table, err := NewSlots()
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	r := newRestarts(table)
	for i := range uint32(2 * maxAnswered) {
		r.answer(t, key{tid: i + 1}, uint64(i)+1, "")
		if len(r.last) > maxAnswered {
			t.Fatalf("%d threads are remembered", len(r.last))
		}
	}
	if p := r.answer(t, key{tid: 2 * maxAnswered}, 1, ""); p.answered == nil && !p.repeat {
		t.Error("the newest is forgotten")
	}
}
