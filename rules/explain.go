package rules

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Intercept tells what the filter does with one number of a call, and why.
type Intercept struct {
	Entry syscalls.Entry
	// Errno is not 0 where the filter itself refuses the calls.
	Errno unix.Errno
	// Always: whatever the arguments. Otherwise one of When must hold, each a
	// conjunction in words: "domain is AF_PACKET".
	Always bool
	When   []string
	Why    []Reason
}

// Reason is one cause of an interception: a rule, or one of callgate's own
// precautions.
type Reason struct {
	Rule   string // "" for a precaution
	Note   string // what the precaution is for
	Always bool
	When   []string
}

// Explain lists what Filter(mode, abis) does not simply allow, sorted by ABI
// and call.
func (s *Set) Explain(mode Mode, abis []syscalls.ABI) []Intercept { return nil }
