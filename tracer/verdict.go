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
	said   []string // what was reported, of earlier notifications of this call too
}

func (v *verdict) reset(said []string) { *v = verdict{said: said} }

func (v *verdict) add(r *rules.Rule) {
	if r.Action > v.action {
		v.action, v.errno = r.Action, r.Errno
	}
}

// fresh notes an alert and reports whether it is new: a call that a signal made
// its thread restart is reported once, unless it now says something else.
func (v *verdict) fresh(rule, output string) bool {
	text := said(rule, output)
	if slices.Contains(v.said, text) {
		return false
	}
	v.said = append(slices.Clip(v.said), text)
	return true
}

// said is an alert as it is remembered.
func said(rule, output string) string { return rule + "\x00" + output }

func (v *verdict) reply() source.Reply {
	r := source.Reply{Errno: v.errno}
	switch v.action {
	case rules.Deny:
		r.Verb = source.Fail
	case rules.Kill:
		r.Verb = source.Kill
	}
	return r
}
