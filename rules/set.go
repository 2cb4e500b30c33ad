package rules

import (
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Set is a loaded and checked set of rules; it is read-only and may be shared.
type Set struct {
	rules []*Rule
}

// callRule is a rule as far as it concerns one evt.type.
type callRule struct {
	rule  *Rule
	needs event.Need
}

// Rules are all rules in the order of their definition, disabled ones too.
func (s *Set) Rules() []*Rule { return s.rules }

// CallNeeds are the sources that the conditions of the enabled rules read for
// a call of this evt.type, once evt.type itself is known.
func (s *Set) CallNeeds(evtType string) event.Need { return 0 }

// Filter is the kernel's part of the set on the given ABIs (none: the native
// ones): every call that some enabled rule can match is notified, and calls
// that would go round the filter are refused as docs/guarantees.md lists them.
func (s *Set) Filter(mode Mode, abis []syscalls.ABI) *seccomp.Filter {
	return &seccomp.Filter{ABIs: abis}
}
