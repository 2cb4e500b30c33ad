package rules

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/reduce"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Intercept tells what the filter does with one number of a call, and why.
type Intercept struct {
	Entry syscalls.Entry
	// Always: every such call is notified. Otherwise those are for which one
	// of When holds, each a conjunction in words: "domain is AF_PACKET".
	Always bool
	When   []string
	// Errno is not 0 where the filter itself refuses calls that it does not
	// notify: all of them, or where one of RefusedWhen holds.
	Errno       unix.Errno
	RefusedWhen []string
	Why         []Reason
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
// and number.
func (s *Set) Explain(_ Mode, abis []syscalls.ABI) []Intercept {
	interests := s.interests(abis)
	list := make([]Intercept, 0, len(interests))
	for _, i := range interests {
		in := Intercept{Entry: i.entry, Errno: i.errno, RefusedWhen: reduce.Words(i.refused, i.entry)}
		in.Always, in.When = reduce.Always(i.notify), reduce.Words(i.notify, i.entry)
		for _, c := range i.causes {
			why := Reason{Note: c.note, Always: reduce.Always(c.cubes), When: reduce.Words(c.cubes, i.entry)}
			if c.rule != nil {
				why.Rule = c.rule.Name
			}
			in.Why = append(in.Why, why)
		}
		list = append(list, in)
	}
	return list
}
