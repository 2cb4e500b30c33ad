package rules

import (
	"errors"

	"github.com/expr-lang/expr/vm"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/reduce"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// decoded are the ABIs whose calls callgate decodes, on any machine.
var decoded = []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64}

// callRule is a rule as far as it concerns one evt.type.
type callRule struct {
	rule    *Rule
	expr    condition.Expr // with evt.type known
	program *vm.Program
	early   *vm.Program // expr relaxed to earlyNeeds; nil where that decides nothing
	needs   event.Need
	bounds  []bound
}

// earlyNeeds are read before all others: they lie in the call itself, and most
// conditions are decided by them.
const earlyNeeds = event.NeedCall | event.NeedArgs | event.NeedAddr | event.NeedPath | event.NeedFDType

// bound is the part of one number of a call for which the rule can hold.
type bound struct {
	entry syscalls.Entry
	cubes []seccomp.Cube
}

// Errors of rules that no filter can serve.
var (
	errNever = errors.New("can never match: no system call that callgate intercepts satisfies its condition")
	errAll   = errors.New("would intercept every system call: say which with evt.type, as in " +
		`evt.type in ["execve", "execveat"]`)
)

// bind finds the system calls that the rule concerns and compiles its condition
// for each of them.
func (r *Rule) bind(x condition.Expr) error {
	types := syscalls.Types()
	r.calls = make(map[string]*callRule)
	var compiled []*callRule
	for _, typ := range types {
		c := &callRule{rule: r, bounds: bounds(x, typ)}
		if len(c.bounds) == 0 {
			continue
		}
		if err := c.compile(x, typ, compiled); err != nil {
			return err
		}
		compiled = append(compiled, c)
		r.calls[typ] = c
		r.needs |= c.needs
	}
	switch len(r.calls) {
	case 0:
		return errNever
	case len(types):
		return errAll
	}
	return nil
}

// compile makes the rule's programs for one call, or takes those of a call for
// which the condition is the same.
func (c *callRule) compile(x condition.Expr, typ string, compiled []*callRule) (err error) {
	c.expr = condition.ForCall(x, typ)
	c.needs = condition.Needs(c.expr)
	for _, other := range compiled {
		if condition.Same(c.expr, other.expr) {
			c.program, c.early = other.program, other.early
			return nil
		}
	}
	if c.program, err = condition.Compile(c.expr); err != nil {
		return err
	}
	early := condition.Relax(c.expr, earlyNeeds)
	switch {
	case early == condition.Expr(condition.Bool(true)):
	case c.needs&^earlyNeeds == 0:
		c.early = c.program
	default:
		c.early, err = condition.Compile(early)
	}
	return err
}

// bounds reduces a condition for every number of a call.
func bounds(x condition.Expr, typ string) (all []bound) {
	for _, abi := range decoded {
		for _, e := range syscalls.Entries(abi, typ) {
			if cubes := reduce.Calls(x, typ, e); len(cubes) > 0 {
				all = append(all, bound{e, cubes})
			}
		}
	}
	return all
}
