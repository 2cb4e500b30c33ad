package rules

import (
	"fmt"
	"maps"
	"slices"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/suggest"
)

// UnknownRuleError is the error for a name that no rule has.
type UnknownRuleError struct {
	Name       string
	Suggestion string // the nearest name, "" if none is near
}

func (e *UnknownRuleError) Error() string {
	msg := fmt.Sprintf("unknown rule %q", e.Name)
	if e.Suggestion != "" {
		msg += fmt.Sprintf("; did you mean %q?", e.Suggestion)
	}
	return msg
}

// Lookup finds a rule by its name, disabled ones too. Its error is an
// *UnknownRuleError.
func (s *Set) Lookup(name string) (*Rule, error) {
	names := make([]string, 0, len(s.Rules()))
	for _, r := range s.Rules() {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return nil, &UnknownRuleError{name, suggest.Nearest(name, names)}
}

// Calls are the values of evt.type for which the rule can match, sorted; none
// for a disabled rule.
func (r *Rule) Calls() []string { return slices.Sorted(maps.Keys(r.calls)) }

// MatchesAll reports whether the rule matches every call that it is about,
// whatever its arguments.
func (r *Rule) MatchesAll() bool {
	for _, c := range r.calls {
		if c.expr != condition.Bool(true) {
			return false
		}
	}
	return len(r.calls) > 0
}
