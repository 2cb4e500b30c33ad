package notify

import (
	"sync/atomic"
	"time"
)

const (
	// patience is how long the receiver may decide before another worker receives;
	// maxPatience while all decisions are quick, since a look costs as much as some
	// ten calls.
	patience    = time.Millisecond
	maxPatience = 4 * time.Millisecond
	// quietLooks is how often in a row the relay finds nothing decided before it
	// sleeps.
	quietLooks = 5
	// stallTick is how often decisions that take long are looked at.
	stallTick = 250 * time.Millisecond
)

// A decision that does not end is taken from its worker, as the caller can make
// the reading of its memory and its files take for ever (userfaultfd(2), FUSE):
// after a time that no honest file system needs, or sooner when so many stall
// that calls will have to wait for them.
const (
	stallTime    = 10 * time.Second
	stallMany    = maxWorkers / 2
	stallTimeFew = 3 * time.Second // when there are stallMany
)

// relay watches that receiving goes on while a decision takes its time. It runs
// only while calls come in or decisions take long.
type relay struct {
	source   *Source
	watching atomic.Bool // it is looking at the receiver
	activity chan struct{}
	slow     []slowCall
}

// slowCall is a decision that took longer than patience.
type slowCall struct {
	worker *worker
	call   uint64 // see phase
	since  time.Time
}

func (r *relay) init(s *Source) { r.source, r.activity = s, make(chan struct{}, 1) }

// watch wakes the relay when it sleeps.
func (r *relay) watch() {
	if !r.watching.Load() && r.watching.CompareAndSwap(false, true) {
		select {
		case r.activity <- struct{}{}:
		default:
		}
	}
}

func (r *relay) run() {
	for {
		var tick <-chan time.Time
		if len(r.slow) > 0 {
			tick = time.After(stallTick)
		}
		select {
		case <-r.activity:
			if !r.look() {
				return
			}
		case <-tick:
			r.takeStalled(time.Now())
		case <-r.source.done:
			return
		}
	}
}

// look watches the receiver until no calls come in; false when the source ends.
func (r *relay) look() bool {
	s := r.source
	wait := patience
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for quiet := 0; quiet < quietLooks; timer.Reset(wait) {
		w := s.receiver.Load()
		call, at := w.phase.look()
		select {
		case <-timer.C:
		case <-s.done:
			return false
		}
		wait = min(2*wait, maxPatience)
		if at == idle {
			quiet++
			continue
		}
		quiet = 0
		if now, _ := w.phase.look(); now == call && s.receiver.Load() == w {
			r.relieve(w, call)
			wait = patience
		}
	}
	r.watching.Store(false)
	// A call that began since the last look saw that it was watched.
	if _, at := s.receiver.Load().phase.look(); at != idle {
		r.watch()
	}
	return true
}

// relieve makes another worker the receiver while w is at a call.
func (r *relay) relieve(w *worker, call uint64) {
	now := time.Now()
	r.note(w, call, now)
	s := r.source
	s.mu.Lock()
	promoted := s.promote()
	s.mu.Unlock()
	if !promoted {
		r.takeStalled(now)
	}
}

// note adds a decision to those that take long.
func (r *relay) note(w *worker, call uint64, now time.Time) {
	for _, c := range r.slow {
		if c.worker == w && c.call == call {
			return
		}
	}
	r.slow = append(r.slow, slowCall{w, call, now})
}

// takeStalled takes the decisions that do not end from their workers.
func (r *relay) takeStalled(now time.Time) {
	limit := stallTime
	if len(r.slow) >= stallMany {
		limit = stallTimeFew
	}
	still := r.slow[:0]
	for _, c := range r.slow {
		call, at := c.worker.phase.look()
		switch {
		case call != c.call || at == idle || at == taken:
			continue
		case at == acting:
			c.since = now // an alert waits for its sink, which is no stall
		case now.Sub(c.since) > limit && c.worker.phase.take(call):
			c = r.source.replace(c.worker, now)
		}
		still = append(still, c)
	}
	clear(r.slow[len(still):])
	r.slow = still
}
