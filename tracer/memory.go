package tracer

import (
	"errors"
	"slices"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/proc"
	"github.com/callgate/callgate/tracer/source"
)

// memo is what is remembered of a call that its thread may restart: what was
// said of it, and what was decided on what. Where the same can be read again,
// the same was decided; a program can have sent itself the signal to swap bytes.
type memo struct {
	policy *Policy
	time   int // evt.time; 0: nobody has asked for it
	num    int // evt.num of its first event
	events []known
	said   []string
}

// known is what was decided of one event of a call.
type known struct {
	need    event.Need // what was read
	sum     event.Sum  // of what was there
	matched []*rules.Rule
}

// tells reports whether a rule's alert is one of those that were given.
func (m *memo) tells(r *rules.Rule, ev *event.Event) bool {
	if m == nil {
		return false
	}
	now := ev.Evt.Time
	defer func() { ev.Evt.Time = now }()
	ev.Evt.Time = m.time
	return m.gave(r.Name, message(r, ev))
}

func (m *memo) gave(rule, output string) bool {
	return m != nil && slices.Contains(m.said, said(rule, output))
}

// memory is a judge's knowledge of the call in hand.
type memory struct {
	before  memo
	other   *memo // of the thread's last call, which may be this one; or nil
	last    bool  // the event in hand is decided, and nothing was noted of it yet
	decided []known
}

func (m *memory) begin(c *source.Call, p *Policy) {
	m.before, m.last, m.decided = memo{}, false, m.decided[:0]
	m.other, _ = c.Answered.(*memo)
	if before, ok := c.Memo.(*memo); ok {
		m.before = *before
		if before.policy != p {
			m.before.events = nil
		}
	}
}

// recall reports whether the event in hand is one that was decided before, on
// the same inputs, and finds the rules that matched it. Else ev is to be begun
// anew.
func (j *judge) recall(ev *event.Event, typ string, i int) bool {
	events := j.memory.before.events
	if i >= len(events) {
		return false
	}
	err := j.read(ev, events[i].need)
	if errors.Is(err, proc.ErrGone) || err != nil && j.mustKnow(typ) || ev.Sum() != events[i].sum {
		return false
	}
	j.matched = append(j.matched[:0], events[i].matched...)
	return true
}

// noteLast notes what was decided of the event in hand, which is about to be
// overwritten.
func (j *judge) noteLast() {
	if j.memory.last {
		j.memory.last = false
		j.memory.decided = append(j.memory.decided, known{j.have, j.eval.Event().Sum(), slices.Clone(j.matched)})
	}
}

// remember makes a memo of the call in hand. A judgement that was cut short
// knows less than the one before it.
func (j *judge) remember() any {
	j.noteLast()
	m := &memo{policy: j.policy, time: j.time, num: j.memory.before.num, said: j.verdict.said}
	if m.events = j.memory.before.events; len(j.memory.decided) >= len(m.events) {
		m.events = slices.Clone(j.memory.decided)
	}
	return m
}
