package notify

import (
	"sync/atomic"

	"github.com/callgate/callgate/tracer/source"
)

// Fallback gives every call one answer, without rules: what a keeper does with
// the calls of a container when nobody is there to judge them.
type Fallback struct {
	Reply source.Reply
	calls atomic.Uint64
}

// Calls is how many calls were given the answer.
func (f *Fallback) Calls() uint64 { return f.calls.Load() }

// NewHandler is for Options.
func (f *Fallback) NewHandler() source.Handler { return fallback{f} }

type fallback struct{ f *Fallback }

func (h fallback) Handle(*source.Call) source.Reply {
	h.f.calls.Add(1)
	return h.f.Reply
}

func (h fallback) Unread(*source.Call) (source.Reply, func()) { return h.f.Reply, func() {} }
func (fallback) Remember() any                                { return nil }
func (fallback) Rest()                                        {}
