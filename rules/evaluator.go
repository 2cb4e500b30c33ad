package rules

import (
	"github.com/expr-lang/expr/vm"

	"github.com/callgate/callgate/rules/event"
)

// Evaluator judges events, one at a time; each worker has its own.
type Evaluator struct {
	set     *Set
	box     *event.Box
	machine vm.VM
}

// NewEvaluator makes an evaluator of the set's enabled rules.
func (s *Set) NewEvaluator() *Evaluator {
	return &Evaluator{set: s, box: event.NewBox()}
}

// Event is the event that Match judges, to be filled in place.
func (v *Evaluator) Event() *event.Event { return v.box.Event() }

// Match appends to dst the enabled rules whose condition the event satisfies,
// in the order of their definition. It allocates nothing but dst's growth.
func (v *Evaluator) Match(dst []*Rule) []*Rule {
	calls := v.set.calls[v.Event().Evt.Type]
	if calls == nil {
		return dst
	}
	for _, c := range calls.rules {
		held, err := v.machine.Run(c.program, v.box.Env())
		// A condition can't fail (condition.Compile); if one did, the rule
		// must not be passed over.
		if err != nil || held == true {
			dst = append(dst, c.rule)
		}
	}
	return dst
}
