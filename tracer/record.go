package tracer

import (
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/recording"
	"github.com/callgate/callgate/tracer/source"
)

// everything is what a recording has of an event: whoever judges it again may ask
// for what no rule asks for now.
const everything = ^event.Need(0)

// record hands the event in hand to the recording, if there is one. It is false
// when the caller left the call meanwhile.
func (j *judge) record(ev *event.Event, c *source.Call) (stillThere bool) {
	if j.s.cfg.Record == nil {
		return true
	}
	_ = j.read(ev, everything) // what can't be read is missing there, too
	if !c.Valid() {
		return false
	}
	e := recording.Entry{Call: j.number(ev), ABI: c.ABI, Repeat: j.repeat, Event: ev}
	if j.exec && j.image.Err != nil {
		e.Unrunnable = errnoOf(j.image.Err)
	}
	return c.Act(func() { j.s.cfg.Record(&e) })
}

// number is the call's: evt.num of its first event, at its first notification.
func (j *judge) number(ev *event.Event) int {
	if j.memory.before.num == 0 {
		j.memory.before.num = ev.Evt.Num
	}
	return j.memory.before.num
}
