package rules

import (
	"errors"

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
	rule     *Rule
	expr     condition.Expr // with evt.type known
	program  condition.Program
	early    [Stages - 1]condition.Program // expr relaxed to what a stage has read; nil where that decides nothing
	listless condition.Program             // expr relaxed to what is read whole; nil where that decides nothing
	needs    event.Need
	bounds   []bound
}

// Stages is the number of steps in which an event is filled: most calls are
// decided before the last.
const Stages = 4

// What is read at each stage, as far as a rule needs it, by what it costs: what
// lies in the call itself; the program that makes it; its owner; all.
const (
	needsOfCall    = event.NeedCall | event.NeedTime | event.NeedArgs | event.NeedAddr | event.NeedPath | event.NeedFDType | event.NeedArgText
	needsOfProgram = event.NeedName | event.NeedCmdline | event.NeedExe
	needsOfOwner   = event.NeedSelf | event.NeedTTY | event.NeedStatus | event.NeedUser
)

// stages are the sources that have been read after each stage.
var stages = [Stages]event.Need{
	needsOfCall,
	needsOfCall | needsOfProgram,
	needsOfCall | needsOfProgram | needsOfOwner,
	^event.Need(0),
}

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
		c.compile(x, typ, compiled)
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
func (c *callRule) compile(x condition.Expr, typ string, compiled []*callRule) {
	c.expr = condition.ForCall(x, typ)
	c.needs = condition.Needs(c.expr)
	for _, other := range compiled {
		if condition.Same(c.expr, other.expr) {
			c.program, c.early, c.listless = other.program, other.early, other.listless
			return
		}
	}
	c.program = condition.Compile(c.expr)
	for i := range c.early {
		c.early[i] = c.relaxed(stages[i])
	}
	c.listless = c.relaxed(^lists)
}

// relaxed is the rule's program for what have tells, nil if that decides
// nothing.
func (c *callRule) relaxed(have event.Need) condition.Program {
	x := condition.Relax(c.expr, have)
	switch {
	case x == condition.Expr(condition.Bool(true)):
		return nil
	case c.needs&^have == 0:
		return c.program
	}
	return condition.Compile(x)
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
