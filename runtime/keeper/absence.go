package keeper

import (
	"time"

	"github.com/callgate/callgate/runtime/control"
)

// absence is a time in which not all listeners were served by anyone.
type absence struct {
	since   time.Time // zero: there is none
	applied bool      // the policy was
	calls   uint64    // that it answered
	// owed is what no daemon has noted yet.
	owed *control.Gap
}

func (a *absence) begin(now time.Time) {
	if a.since.IsZero() {
		a.since = now
	}
}

// end ends the absence; owed is then what is to be told of it, and of earlier
// ones.
func (a *absence) end(now time.Time, policy control.Loss) {
	if a.applied {
		gap := control.Gap{From: a.since, To: now, Policy: policy, Calls: a.calls}
		if a.owed != nil {
			gap.From, gap.Calls = a.owed.From, gap.Calls+a.owed.Calls
		}
		a.owed = &gap
	}
	*a = absence{owed: a.owed}
}

// lose ends the session. The daemon may live on, and serve what it has.
func (r *state) lose() {
	r.leave()
	for _, l := range r.listeners {
		l.asked = time.Time{}
	}
	if r.daemon == nil {
		r.absence.begin(time.Now())
	}
	r.later()
}

// leave closes the session.
func (r *state) leave() {
	if s := r.session; s != nil {
		r.session = nil
		s.close()
		for m := range s.messages { // until listen has returned
			m.CloseFiles()
		}
		if s.pidfd != nil {
			_ = s.pidfd.Close()
		}
	}
}

// bereave deals with the end of the daemon that had the listeners: nobody
// serves any more, and the next one may begin.
func (r *state) bereave() {
	r.forgetDaemon()
	for _, l := range r.listeners {
		l.serving = false
	}
	r.absence.begin(time.Now())
	switch {
	case r.session == nil:
	case r.session.active:
		r.lose()
	default:
		r.takeOver()
	}
}

func (r *state) forgetDaemon() {
	r.watcher.forget(r.daemon.pidfd)
	_ = r.daemon.pidfd.Close()
	r.daemon = nil
}

// halt ends the fallback of a listener.
func (r *state) halt(l *listener) {
	calls, err := l.stop()
	r.absence.calls += calls
	if err != nil {
		r.cfg.Log.Error("stop answering calls by policy", "error", err)
	}
}

// idle is a time at which nothing is due.
const idle = time.Hour

// due is when tick has something to do.
func (r *state) due() time.Time {
	due := time.Now().Add(idle)
	sooner := func(t time.Time) {
		if t.Before(due) {
			due = t
		}
	}
	if r.session == nil && !r.connecting {
		sooner(r.retry)
	}
	for _, l := range r.listeners {
		switch {
		case !l.asked.IsZero():
			sooner(l.asked.Add(r.cfg.AnswerTimeout))
		case r.abandoned(l):
			sooner(r.whenAbandoned(l))
		}
	}
	return due
}

// abandoned reports whether the policy is to be applied to a listener as soon as
// the time has come: nobody has it.
func (r *state) abandoned(l *listener) bool {
	return (r.daemon == nil || l.refused) && l.fallback == nil
}

// tick does what is due.
func (r *state) tick(now time.Time) {
	for _, l := range r.listeners {
		if !l.asked.IsZero() && !now.Before(l.asked.Add(r.cfg.AnswerTimeout)) {
			r.warn("the daemon does not take a listener", errSilent)
			r.lose()
			break
		}
	}
	if r.session == nil && !r.connecting && !now.Before(r.retry) {
		r.connect()
	}
	for _, l := range r.listeners {
		if r.abandoned(l) && !now.Before(r.whenAbandoned(l)) {
			r.applyPolicy(l, now)
		}
	}
}

// whenAbandoned is when the policy is to be applied to a listener.
func (r *state) whenAbandoned(l *listener) time.Time {
	t := r.absence.since.Add(r.cfg.Policy.SupervisorTimeout)
	if l.retry.After(t) {
		t = l.retry
	}
	return t
}

// applyPolicy answers the calls of a listener that nobody has.
func (r *state) applyPolicy(l *listener, now time.Time) {
	policy := r.cfg.Policy.OnSupervisorLoss
	if !r.absence.applied {
		r.absence.applied = true
		r.cfg.Log.Warn("no daemon judges the container's calls: its policy is applied", "policy", policy)
	}
	if policy == control.Hold {
		l.retry = now.Add(idle)
		return
	}
	l.retry = now.Add(retryTime)
	if err := l.fallBack(policy); err != nil {
		r.warn("answer calls by policy", err)
	}
}

// retryTime is when a fallback that could not begin is tried again.
const retryTime = time.Second
