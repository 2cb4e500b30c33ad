package tracer

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/decode"
	"github.com/callgate/callgate/tracer/proc"
	"github.com/callgate/callgate/tracer/source"
)

// judge decides one call at a time; it is one worker's, and everything in it is
// reused from call to call.
type judge struct {
	s      *Supervisor
	policy *Policy
	facts  *Facts // of the sandbox, as they are when the call is judged
	eval   *rules.Evaluator
	arena  event.Arena
	gather

	filled  []int  // the arguments that the event in hand may hold
	shown   *Facts // that it holds
	matched []*rules.Rule
	verdict verdict
	memory  memory
	repeat  bool // alerts of the call may have left before
}

func newJudge(p *Policy) *judge {
	j := &judge{policy: p, eval: p.rules.NewEvaluator()}
	j.gather = gather{arena: &j.arena, dec: decode.NewDecoder(&j.arena)}
	return j
}

// serve makes the judge one for the calls of a listener.
func (j *judge) serve(s *Supervisor, e *Entry) {
	j.s, j.sb, j.entry, j.own, j.hosts = s, e.sandbox, e, s.cfg.Own, &s.hosts
}

var (
	pass = source.Reply{Verb: source.Continue}
	// gone answers a call whose thread has left it: nobody receives the answer,
	// and should that be wrong it is no leave to go on.
	gone = source.Reply{Verb: source.Fail, Errno: unix.EPERM}
)

// decide decides a call. blindly: it must not read what can make it wait.
func (j *judge) decide(c *source.Call, blindly bool) source.Reply {
	j.facts, j.repeat = j.sb.facts.Load(), c.Repeat
	j.memory.begin(c, j.policy)
	j.time = j.memory.before.time
	j.verdict.reset(j.memory.before.said)
	if c.TID == 0 {
		return j.blind(c, errInvisible)
	}
	th, err := j.s.threads.Thread(c.TID)
	if err != nil {
		return j.blind(c, err)
	}
	defer th.Release()
	if j.s.protector.refuses(c, th) {
		return source.Reply{Verb: source.Fail, Errno: unix.EPERM}
	}
	j.arena.Reset()
	target := decode.Target(th)
	if j.starved = blindly || j.sb.stalls.full(th.TGID()); j.starved {
		target = starved{th}
	}
	if err := j.dec.Begin(decode.New(c.ABI, c.NR, c.Args), target); err != nil {
		return j.blind(c, err)
	}
	typ, decoded := typeOf(j.dec.Call())
	if !decoded {
		return pass // intercepted for callgate's own protection only
	}
	if j.entry.runtimes(th, isExec(typ)) {
		return pass
	}
	return j.judge(c, typ, th)
}

// judge evaluates the rules on every event that the call makes and gives the
// strictest verdict. Should the caller be gone, and what was read another's, a
// call that matches nothing needs no check: its answer finds no receiver.
func (j *judge) judge(c *source.Call, typ string, th *proc.Thread) source.Reply {
	if !isExec(typ) {
		j.s.searches.end(c.TID)
	}
	ev := j.eval.Event()
	for i := range j.dec.Events() {
		if c.Restarts && i > 0 {
			j.noteLast()
		}
		j.begin(ev, c, typ, th, i)
		if c.Memo != nil {
			if j.recall(ev, typ, i) {
				j.memory.last = true
				if len(j.matched) > 0 && !j.report(ev, c, typ) {
					return gone
				}
				continue
			}
			j.begin(ev, c, typ, th, i)
		}
		j.matched = j.matched[:0]
		possible, err := j.gatherStages(ev)
		if errors.Is(err, proc.ErrGone) {
			return gone
		}
		if err == nil {
			err = j.cutShort(ev, typ)
		}
		if err != nil && j.mustKnow(typ) {
			return j.refuse(c, typ, err)
		}
		if errors.Is(err, proc.ErrDenied) || errors.Is(err, errStalled) {
			j.tellUnread(c, th.TGID(), typ, err)
		}
		if possible {
			delay()
			j.matched = j.eval.Match(j.matched)
		}
		j.memory.last = true
		if !j.record(ev, c) || len(j.matched) > 0 && !j.report(ev, c, typ) {
			return gone
		}
	}
	return j.verdict.reply()
}

// gatherStages reads what the rules need of an event, step by step, until it is
// decided that none can match.
func (j *judge) gatherStages(ev *event.Event) (possible bool, err error) {
	for stage := range rules.Stages {
		needs := j.eval.Needs(stage)
		if needs == 0 {
			return false, err
		}
		if unread := j.read(ev, needs); unread != nil {
			err = errors.Join(err, unread)
		}
	}
	return true, err
}

// begin makes ev the event of a call, with what is known without asking.
func (j *judge) begin(ev *event.Event, c *source.Call, typ string, th *proc.Thread, i int) {
	ev.Forget(j.have, j.filled)
	j.filled = j.dec.Args()
	ev.Evt.Num, ev.Evt.Type = int(j.s.events.Add(1)), typ
	ev.Thread.TID, ev.Proc.PID = c.TID, th.TGID()
	if j.shown != j.facts {
		j.shown, ev.Container, ev.K8s = j.facts, j.facts.Container, j.facts.K8s
	}
	j.start(typ, i, th)
}

// mustKnow reports whether an enforcing rule depends on the call, so that what
// can't be read of it must not be let through.
func (j *judge) mustKnow(typ string) bool {
	return j.policy.mode == rules.Enforce && j.policy.rules.Enforces(typ)
}

var errInvisible = errors.New("the caller is not visible in callgate's pid namespace")

// blind decides a call of which nothing can be read.
func (j *judge) blind(c *source.Call, err error) source.Reply {
	if errors.Is(err, proc.ErrGone) {
		return gone
	}
	call := decode.New(c.ABI, c.NR, c.Args)
	typ, decoded := typeOf(&call)
	if !decoded {
		return pass
	}
	if j.mustKnow(typ) {
		return j.refuse(c, typ, err)
	}
	if _, bad := errors.AsType[*decode.ArgError](err); !bad { // else it hides nothing, and the kernel refuses the call
		j.tellUnread(c, c.TID, typ, err)
	}
	return pass
}

// refuse fails a call that could not be judged and that an enforcing rule is
// about. One that the kernel would refuse as it stands gets the kernel's answer.
func (j *judge) refuse(c *source.Call, typ string, err error) source.Reply {
	if bad, ok := errors.AsType[*decode.ArgError](err); ok {
		return source.Reply{Verb: source.Fail, Errno: bad.Errno}
	}
	if blocked, ok := errors.AsType[*proc.BlockedError](err); ok && !blocked.Own() {
		return source.Reply{Verb: source.Fail, Errno: blocked.Errno}
	}
	if c.Valid() {
		j.refuseUnread(c, typ, err)
	}
	return source.Reply{Verb: source.Fail, Errno: unix.EPERM}
}

// typeOf is the call's evt.type, false for one that no rule can be about.
func typeOf(c *decode.Call) (string, bool) {
	typ := c.Type()
	return typ, typ != ""
}

func isExec(typ string) bool { return typ == "execve" || typ == "execveat" }
