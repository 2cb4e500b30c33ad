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
	p := h.entry.sandbox.policy.Load()
	if h.judge == nil || h.judge.policy != p {
		h.Rest()
		h.judge = p.borrow(h.s, h.entry)
	}
	return h.judge.decide(c)
}

// Rest gives back what only a worker with calls to decide needs.
func (h *handler) Rest() {
	if h.judge != nil {
		h.judge.policy.giveBack(h.judge)
		h.judge = nil
	}
}
