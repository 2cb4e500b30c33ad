package tracer

import (
	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/tracer/recording"
)

// Replay judges recorded events again, one after the other. With the rules and
// the mode of the recording it gives the alerts that were given then, except for
// those of callgate itself, on calls that could not be read for one, and for
// callgate.repeat.
type Replay struct {
	eval    *rules.Evaluator
	telling telling
	alerts  func(*alert.Alert)
	calls   map[int]*replayed // by thread, its last call
	matched []*rules.Rule
}

// replayed is a call whose events come one after the other.
type replayed struct {
	number  int
	verdict verdict
}

// NewReplay makes a replay whose alerts carry the hostname of the recording.
func NewReplay(set *rules.Set, mode rules.Mode, hostname string, alerts func(*alert.Alert)) *Replay {
	return &Replay{
		eval: set.NewEvaluator(), telling: telling{mode, hostname, newSearches()}, alerts: alerts, calls: make(map[int]*replayed),
	}
}

// Judge judges an event.
func (p *Replay) Judge(e *recording.Entry) {
	ev := p.eval.Event()
	*ev = *e.Event
	exec := isExec(ev.Evt.Type)
	if !exec {
		p.telling.searches.end(ev.Thread.TID)
	}
	if p.matched = p.eval.Match(p.matched[:0]); len(p.matched) == 0 || e.Unrunnable != 0 {
		return
	}
	v := p.verdict(ev.Thread.TID, e.Call)
	for _, r := range p.matched {
		a := p.telling.alert(v, r, ev, e.ABI)
		if a == nil {
			continue
		}
		if e.Repeat {
			a.Fields = append(a.Fields, repeated)
		}
		p.alerts(a)
	}
}

// maxReplayed bounds the threads whose last call is remembered.
const maxReplayed = 4096

// verdict is that of a call so far.
func (p *Replay) verdict(tid, number int) *verdict {
	c := p.calls[tid]
	if c == nil || c.number != number {
		if len(p.calls) >= maxReplayed {
			clear(p.calls)
		}
		c = &replayed{number: number}
		p.calls[tid] = c
	}
	return &c.verdict
}
