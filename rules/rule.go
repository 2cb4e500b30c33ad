// Package rules is the language in which callgate's users say what they want to
// know about and what must not happen: it loads rule files, checks them,
// evaluates them on events, and derives from them which system calls the kernel
// has to intercept at all.
package rules

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
)

// Rule is one checked rule.
type Rule struct {
	Name string
	Desc string
	// Condition is the condition as written, before macros and lists were
	// expanded and without the exceptions.
	Condition string
	Output    *event.Template
	Priority  Priority
	Action    Action
	// Errno is what a denied call returns; meaningful with Action Deny only.
	Errno unix.Errno
	Tags  []string
	// Source is where the rule was defined; for a rule that a later file
	// changed with override or append, where it was first defined.
	Source Position
	// SetName is the embedded set that the rule belongs to, "" for the user's.
	SetName string
	// Enabled rules take part; disabled ones are only listed.
	Enabled bool

	expr  condition.Expr
	lacks []string // what a rule of Falco's needs that callgate does not have
	never string   // why it takes no part although it is enabled
	needs event.Need
	calls map[string]*callRule // by evt.type; nil for a disabled rule
}

// OutputNeeds are the sources that the rule's output reads.
func (r *Rule) OutputNeeds() event.Need { return r.Output.Needs() }

// ConditionNeeds are the sources that the rule's condition reads, over all
// calls that it can match. Set.CallNeeds tells it for one call.
func (r *Rule) ConditionNeeds() event.Need { return r.needs }

// Action is what happens to a call that a rule matches.
type Action uint8

// Actions, the mildest first: where several rules match, the greatest acts.
const (
	Log  Action = iota // report it, let it continue
	Deny               // report it, return Rule.Errno instead
	Kill               // report it, SIGKILL the calling process
)

var actionNames = []string{Log: "log", Deny: "deny", Kill: "kill"}

func (a Action) String() string { return actionNames[a] }

// Mode is whether verdicts are carried out.
type Mode uint8

// The modes of a supervisor.
const (
	Monitor Mode = iota // nothing is stopped; alerts say what would have been
	Enforce             // deny and kill are carried out
)

func (m Mode) String() string {
	if m == Enforce {
		return "enforce"
	}
	return "monitor"
}
