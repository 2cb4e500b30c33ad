package rules

import (
	"strings"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// CanFire reports whether there are events that the rule matches, enabled or
// not, and why not. It can't know which values fields have together: a rule that
// it lets pass may still never match.
func (r *Rule) CanFire() (can bool, reason string) {
	if r.never != "" {
		return false, r.never
	}
	x, why := condition.Settle(r.expr)
	some, all := false, true
	for _, typ := range syscalls.Types() {
		bound := len(bounds(x, typ)) > 0
		some, all = some || bound, all && bound
		if some && !all {
			return true, ""
		}
	}
	switch {
	case all:
		return false, errAll.Error()
	case len(why) > 0:
		return false, "its condition never holds: " + strings.Join(why, "; ")
	}
	return false, r.because(errNever)
}

// because is why the rule can't be bound. One of Falco's is right there, so it is
// listed, but takes no part.
func (r *Rule) because(err error) string {
	if len(r.lacks) > 0 {
		return err.Error() + ": " + strings.Join(r.lacks, "; ")
	}
	return err.Error()
}
