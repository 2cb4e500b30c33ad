package tracer

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/tracer/source"
)

// verdict collects what the matching rules say of one call. The strictest acts:
// kill before deny before log; of several denials the first rule's errno counts.
type verdict struct {
	action rules.Action
	errno  unix.Errno
	before []string // what was reported of an earlier notification of this call
	said   []string // what is reported now
}

func (v *verdict) reset(c *source.Call) {
	before, _ := c.Memo.([]string)
	*v = verdict{before: before}
}

func (v *verdict) add(r *rules.Rule) {
	if r.Action > v.action {
		v.action, v.errno = r.Action, r.Errno
	}
}

// fresh notes an alert and reports whether it is new: a call that a signal made
// its thread restart is reported once, unless it now says something else.
func (v *verdict) fresh(rule, output string) bool {
	text := rule + "\x00" + output
	v.said = append(v.said, text)
	return !slices.Contains(v.before, text)
}

func (v *verdict) reply() source.Reply {
	r := source.Reply{Errno: v.errno}
	if v.said != nil {
		r.Memo = v.said
	}
	switch v.action {
	case rules.Deny:
		r.Verb = source.Fail
	case rules.Kill:
		r.Verb = source.Kill
	}
	return r
}
