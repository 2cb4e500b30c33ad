package tracer

import "github.com/callgate/callgate/tracer/source"

// handler judges for one worker of a listener's source.
type handler struct {
	s     *Supervisor
	entry *Entry
	judge *judge // of the policy that was in force at the last call; nil: none is held
}

// NewHandler makes a worker's handler for the calls that come through an entry
// of a sandbox.
func (s *Supervisor) NewHandler(e *Entry) source.Handler { return &handler{s: s, entry: e} }

// Handle decides a call.
func (h *handler) Handle(c *source.Call) source.Reply {
	return h.hold().decide(c, false)
}

// hold is a judge of the sandbox's policy.
func (h *handler) hold() *judge {
	p := h.entry.sandbox.policy.Load()
	if h.judge == nil || h.judge.policy != p {
		h.Rest()
		h.judge = p.borrow(h.s, h.entry)
	}
	return h.judge
}

// Unread decides a call whose caller makes the reading of its memory or files
// take for ever: by its registers, and by the failure policy where those are not
// enough.
func (h *handler) Unread(c *source.Call) (source.Reply, func()) {
	pid := c.TID
	if th, err := h.s.threads.Thread(c.TID); err == nil {
		pid = th.TGID()
		th.Release()
	}
	stalls := &h.entry.sandbox.stalls
	stalls.add(pid)
	return h.hold().decide(c, true), func() { stalls.remove(pid) }
}

// Remember is a note on the last call, should it be restarted; nil: a predecessor
// decided it.
func (h *handler) Remember() any {
	if h.judge == nil {
		return nil
	}
	return h.judge.remember()
}

// Rest gives back what only a worker with calls to decide needs.
func (h *handler) Rest() {
	if h.judge != nil {
		h.judge.policy.giveBack(h.judge)
		h.judge = nil
	}
}
