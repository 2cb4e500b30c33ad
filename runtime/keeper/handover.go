package keeper

import (
	"time"

	"github.com/callgate/callgate/runtime/control"
)

// connect tries to reach a daemon, in the background.
func (r *state) connect() {
	r.connecting = true
	known := r.known
	go func() {
		s, err := connect(r.ctx, &r.cfg, known)
		r.connected <- connection{s, err}
	}()
}

// arrived deals with the outcome of connect.
func (r *state) arrived(c connection) {
	r.connecting = false
	if c.err != nil {
		r.warn("no daemon takes the container", c.err)
		r.later()
		return
	}
	r.session = c.session
	go c.session.listen(r.ctx)
	if r.daemon != nil && !same(r.daemon.pidfd, c.session.pidfd) {
		if pid, err := pidOf(r.daemon.pidfd); err == nil && pid > 0 {
			r.cfg.Log.Warn("the next daemon waits for the last one to end", "last_pid", pid, "next_pid", c.session.pid)
			return
		}
		r.bereave() // its end was not seen yet
		return
	}
	r.takeOver()
}

// later plans the next attempt to connect.
func (r *state) later() {
	r.pause = min(max(2*r.pause, firstPause), lastPause)
	r.retry = time.Now().Add(r.pause)
}

// takeOver gives everything to the daemon of the session: nobody else has it.
func (r *state) takeOver() {
	r.session.active, r.known = true, true
	for _, l := range r.listeners {
		if r.halt(l); !r.give(l) {
			return
		}
	}
	if r.pid != 0 {
		r.tell(control.KindStarted, control.Started{PID: r.pid})
	}
	r.settle()
}

// give hands a listener and its slots to the session's daemon; false: the
// session has ended.
func (r *state) give(l *listener) bool {
	s := r.session
	r.adopt(s)
	m := control.Listener{ID: l.id, State: l.state, WaitKillable: r.cfg.WaitKillable, Repeat: l.given}
	l.given, l.serving, l.refused, l.asked, l.retry = true, false, false, time.Now(), time.Time{}
	if err := s.send(r.ctx, r.cfg.AnswerTimeout, control.KindListener, m, l.file, l.slots); err != nil {
		r.warn("hand over listener", err)
		r.lose()
		return false
	}
	return true
}

// adopt notes that the session's daemon has the slots from now on.
func (r *state) adopt(s *session) {
	if r.daemon != nil {
		return // it is the same process
	}
	r.lastKey++
	r.daemon = &process{s.pidfd, r.lastKey | isProcess}
	s.pidfd = nil
	if err := r.watcher.exit(r.daemon.pidfd, r.daemon.key); err != nil {
		r.cfg.Log.Error("the daemon's end can't be watched", "error", err)
	}
}

// incoming is what the session's daemon says; without a session it never does.
func (r *state) incoming() <-chan control.Message {
	if r.session == nil {
		return nil
	}
	return r.session.messages
}

// received deals with a message of the daemon's, or the connection's end.
func (r *state) received(m control.Message, ok bool) {
	if !ok {
		r.warn("the daemon is gone", r.session.err)
		r.lose()
		return
	}
	defer m.CloseFiles()
	var err error
	switch m.Kind {
	case control.KindServing:
		var s control.Serving
		if err = m.Decode(&s); err == nil {
			r.served(s.ID)
		}
	case control.KindEnded:
		var e control.Ended
		if err = m.Decode(&e); err == nil {
			if l := r.listeners[e.ID]; l != nil && hungUp(l.file) {
				r.drop(l)
			}
		}
	case control.KindNoted:
		r.absence.owed, r.session.told = nil, false
	case control.KindRefused:
		var refusal control.Refusal
		if err = m.Decode(&refusal); err == nil {
			r.refused(refusal)
		}
	}
	if err != nil {
		r.warn("the daemon can't be understood", err)
		r.lose()
	}
}

// refused deals with the answer that a listener is not taken. Answers come in
// the order of questions, so it is the one that waits longest.
func (r *state) refused(why control.Refusal) {
	var first *listener
	for _, l := range r.listeners {
		if !l.asked.IsZero() && (first == nil || l.asked.Before(first.asked)) {
			first = l
		}
	}
	if first != nil {
		r.cfg.Log.Error("the daemon refuses a listener", "error", why)
		first.asked, first.refused = time.Time{}, true
		r.absence.begin(time.Now())
	}
}

func (r *state) served(id uint64) {
	if l := r.listeners[id]; l != nil && !l.asked.IsZero() {
		l.asked, l.serving = time.Time{}, true
	}
	r.settle()
}

// settle ends the absence when every listener is served.
func (r *state) settle() {
	if r.session == nil || !r.session.active {
		return
	}
	for _, l := range r.listeners {
		if !l.serving {
			return
		}
	}
	r.absence.end(time.Now(), r.cfg.Policy.OnSupervisorLoss)
	if gap := r.absence.owed; gap != nil && !r.session.told {
		r.session.told = true
		r.cfg.Log.Warn("calls were not judged for a while", "from", gap.From, "to", gap.To, "policy", gap.Policy, "calls", gap.Calls)
		r.tell(control.KindGap, *gap)
	}
	r.said, r.pause = "", 0
}
