package notify

import (
	"time"

	"github.com/callgate/callgate/tracer/source"
)

// replace puts another worker in place of one whose call was taken. That one is
// stuck in the kernel, for as long as the caller likes, and ends when it comes
// back. The kernel gives no way to end such a read before.
func (s *Source) replace(w *worker, now time.Time) slowCall {
	heir := newWorker(s, w.slot)
	heir.call, heir.restart, heir.start = w.call, w.restart, w.start
	heir.call.Valid, heir.call.Act = heir.valid, heir.act
	heir.phase.begin()
	s.mu.Lock()
	s.receiver.CompareAndSwap(w, heir)
	call, _ := heir.phase.look()
	s.start(heir, func() error { return heir.unread(w) })
	s.mu.Unlock()
	s.wg.Done() // in place of the stuck one's
	return slowCall{heir, call, now}
}

// unread decides and answers a call that another worker is stuck in.
func (w *worker) unread(stuck *worker) error {
	w.recorder = w.source.opts.Stats.Recorder()
	return w.serve(func(c *source.Call) source.Reply {
		reply, back := w.handler.Unread(c)
		go func() {
			<-stuck.left
			back()
		}()
		return reply
	})
}
