package tracer

import (
	"errors"
	"sync"
	"time"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/source"
)

// ruleUnread is the rule of alerts on calls that could not be judged.
const ruleUnread = "Call Could Not Be Judged"

// errCutShort: what lies beyond the decoder's bounds would be judged as if it
// were not there, and anybody can append to argv what pushes a word beyond them.
var errCutShort = errors.New("the arguments or the environment are longer than callgate reads")

// cutShort is an error when an enforcing rule rests on more of an exec's
// arguments than was read.
func (j *judge) cutShort(ev *event.Event, typ string) error {
	x, ok := j.dec.Exec()
	if !ok || !x.Truncated() || !j.mustKnow(typ) {
		return nil
	}
	if err := j.read(ev, j.policy.rules.ListNeeds(typ)); err != nil {
		return err
	}
	if j.eval.NeedsLists() {
		return errCutShort
	}
	return nil
}

// refuseUnread tells of a call that was refused because it could not be judged.
func (j *judge) refuseUnread(c *source.Call, typ string, cause error) {
	j.reportUnread(c, typ, true, "A call that a rule may deny could not be read, so it was refused | call="+typ+" cause="+cause.Error())
}

// tellUnread tells of a call that was let through although rules about it could
// not be judged: a process that is not dumpable hides its memory and files from
// a supervisor without root. It is told once a process.
func (j *judge) tellUnread(c *source.Call, pid int, typ string, cause error) {
	if !c.Valid() || !j.s.unread.first(pid) {
		return
	}
	j.reportUnread(c, typ, false, "A process hides its memory or files from callgate: rules that need them do not see its calls | call="+typ+" cause="+cause.Error())
}

func (j *judge) reportUnread(c *source.Call, typ string, refused bool, output string) {
	priority, action, guarantee := rules.Warning, rules.Log, rules.Audit
	if refused {
		priority, action, guarantee = rules.Error, rules.Deny, rules.Enforced
	}
	if !j.verdict.fresh(ruleUnread, output) {
		return
	}
	j.send(c, j.memory.other.gave(ruleUnread, output), &alert.Alert{
		Time: time.Now(), Rule: ruleUnread, Priority: priority.String(), Source: alert.SourceInternal, Hostname: j.s.hostname,
		Output: output,
		Fields: []alert.Field{
			{Name: "evt.type", Value: alert.String(typ)}, {Name: "thread.tid", Value: alert.Int(c.TID)},
			{Name: "container.id", Value: alert.String(j.facts.Container.ID)}, {Name: "container.name", Value: alert.String(j.facts.Container.Name)},
			{Name: fieldAction, Value: alert.String(action.String())}, {Name: fieldEnforced, Value: alert.Bool(refused)},
			{Name: fieldGuarantee, Value: alert.String(guarantee.String())},
		},
	})
}

// maxHidden bounds the processes that are remembered to hide themselves.
const maxHidden = 1024

// hidden remembers which processes were told to hide from callgate.
type hidden struct {
	mu   sync.Mutex
	pids map[int]struct{}
}

// first reports whether a process was not told of before.
func (h *hidden) first(pid int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.pids[pid]; ok {
		return false
	}
	if h.pids == nil || len(h.pids) >= maxHidden {
		h.pids = make(map[int]struct{})
	}
	h.pids[pid] = struct{}{}
	return true
}
