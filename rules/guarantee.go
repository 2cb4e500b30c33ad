package rules

import "github.com/callgate/callgate/seccomp/syscalls"

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
	return BestEffort
}
