package rules

import "github.com/callgate/callgate/rules/event"

// Evaluator judges events, one at a time; each worker has its own.
type Evaluator struct {
	set   *Set
	ev    event.Event
	typ   string // whose index calls is
	calls *callIndex
}

// NewEvaluator makes an evaluator of the set's enabled rules.
func (s *Set) NewEvaluator() *Evaluator {
	v := &Evaluator{set: s}
	v.ev.Reset()
	return v
}

// Event is the event that Match judges, to be filled in place.
func (v *Evaluator) Event() *event.Event { return &v.ev }

// Needs are the sources to read at a stage, from 0 to Stages-1, when those of
// the stages before it have been read. Zero: no rule can match any more, and
// neither the other stages nor Match are needed; so most calls are decided
// without a look at the process that makes them.
func (v *Evaluator) Needs(stage int) event.Need {
	calls := v.index()
	if calls == nil {
		return 0
	}
	var needs event.Need
	for _, c := range calls.rules {
		more := c.needs&stages[stage] | event.NeedCall
		if needs|more == needs {
			continue
		}
		if stage == 0 || c.early[stage-1] == nil || c.early[stage-1](&v.ev) {
			needs |= more
		}
	}
	return needs
}

// index are the rules that concern the event's call, nil if there are none. It
// is asked several times about each event.
func (v *Evaluator) index() *callIndex {
	if v.typ != v.ev.Evt.Type {
		v.typ, v.calls = v.ev.Evt.Type, v.set.calls[v.ev.Evt.Type]
	}
	return v.calls
}

// Match appends to dst the enabled rules whose condition the event satisfies, in
// the order of their definition, or the one that the set's Matching means. It
// allocates nothing but dst's growth.
func (v *Evaluator) Match(dst []*Rule) []*Rule {
	calls := v.index()
	if calls == nil {
		return dst
	}
	if v.set.matching == First {
		if r := calls.first(&v.ev); r != nil {
			dst = append(dst, r)
		}
		return dst
	}
	for _, c := range calls.rules {
		if c.program(&v.ev) {
			dst = append(dst, c.rule)
		}
	}
	return dst
}

// first is the first of the rules that match an event and do most, so that a
// rule which only logs never hides what another one stops.
func (c *callIndex) first(e *event.Event) (found *Rule) {
	for _, c := range c.rules {
		if (found == nil || c.rule.Action > found.Action) && c.program(e) {
			found = c.rule
		}
	}
	return found
}
