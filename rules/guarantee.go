package rules

import (
	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Guarantee labels what a rule's verdict is worth on one call.
type Guarantee uint8

// The labels.
const (
	// Audit: nothing was to be stopped (action log, or monitor mode).
	Audit Guarantee = iota
	// BestEffort: the condition rests on something that another thread can
	// change between the decision and the kernel's use of it.
	BestEffort
	// Enforced: nothing that the condition rests on can change.
	Enforced
)

var guaranteeNames = []string{"audit", "best-effort", "enforce"}

func (g Guarantee) String() string { return guaranteeNames[g] }

// Guarantee is the label of the rule's verdict on calls of evtType that came
// through the ABI.
func (r *Rule) Guarantee(mode Mode, evtType string, abi syscalls.ABI) Guarantee {
	if mode == Monitor || r.Action == Log {
		return Audit
	}
	c := r.calls[evtType]
	if c == nil {
		return BestEffort
	}
	return worth(c.expr, evtType, abi)
}

// Class is the label of the rule's verdict where it is worth least, in mode
// enforce and if the rule is enabled.
func (r *Rule) Class() Guarantee {
	if r.Action == Log {
		return Audit
	}
	g := Enforced
	for _, typ := range syscalls.Types() {
		for _, b := range bounds(r.expr, typ) {
			g = min(g, worth(condition.ForCall(r.expr, typ), typ, b.entry.ABI))
		}
	}
	return g
}

// worth is what a decision on a condition is worth.
func worth(x condition.Expr, evtType string, abi syscalls.ABI) Guarantee {
	if len(unstable(x, evtType, abi)) > 0 {
		return BestEffort
	}
	return Enforced
}

// stable reports whether a field can't change between the decision on a call
// and the kernel's use of it.
func stable(f event.Ref, evtType string, abi syscalls.ABI) bool {
	switch f.Stable {
	case event.Stable:
		return true
	case event.StableFlags:
		return evtType != "openat2"
	}
	if f.Name != "evt.arg" && f.Name != "evt.rawarg" {
		return false
	}
	// Every number through which the call can have come must pass the argument
	// in a register: i386's socketcall passes none.
	entries := syscalls.Entries(abi, evtType)
	for _, e := range entries {
		i, ok := e.Call.Register(f.Key)
		if e.Call.Type != evtType || ok && !e.Call.Args[i].Kind.Scalar() || !ok && e.Call.Field(f.Key) {
			return false
		}
	}
	return len(entries) > 0
}
