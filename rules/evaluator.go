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

// Needs are the sources to read at a stage, from 0 to Stages-1, when those of
// the stages before it have been read. Zero: no rule can match any more, and
// neither the other stages nor Match are needed; so most calls are decided
// without a look at the process that makes them.
func (v *Evaluator) Needs(stage int) event.Need {
	calls := v.set.calls[v.Event().Evt.Type]
	if calls == nil {
		return 0
	}
	var needs event.Need
	for _, c := range calls.rules {
		more := c.needs&stages[stage] | event.NeedCall
		if needs|more == needs {
			continue
		}
		if stage == 0 || c.early[stage-1] == nil || v.holds(c.early[stage-1]) {
			needs |= more
		}
	}
	return needs
}

// holds runs a program. A condition can't fail (condition.Compile); if one did,
// its rule must not be passed over.
func (v *Evaluator) holds(p *vm.Program) bool {
	held, err := v.machine.Run(p, v.box.Env())
	return err != nil || held == true
}

// Match appends to dst the enabled rules whose condition the event satisfies,
// in the order of their definition. It allocates nothing but dst's growth.
func (v *Evaluator) Match(dst []*Rule) []*Rule {
	calls := v.set.calls[v.Event().Evt.Type]
	if calls == nil {
		return dst
	}
	for _, c := range calls.rules {
		if v.holds(c.program) {
			dst = append(dst, c.rule)
		}
	}
	return dst
}
