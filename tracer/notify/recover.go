package notify

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/callgate/callgate/tracer/source"
)

// recover makes a worker for each call that a predecessor left in the table.
func (s *Source) recover() (heirs []*worker) {
	table := s.opts.Slots
	if table == nil {
		return nil
	}
	var owned []*slot
	s.made = table.used()
	for i := range s.made {
		if at := table.slot(i); at.id() != 0 {
			owned = append(owned, at)
		} else {
			s.disown(at)
		}
	}
	// One notification can be in two slots: on its way from the worker that
	// received it to the one that is deciding its call. That one counts.
	slices.SortStableFunc(owned, func(a, b *slot) int { return -cmp.Compare(a.state, b.state) })
	seen := make(map[uint64]bool)
	for _, at := range owned {
		id := at.id()
		var p *pending
		dead := seen[id] || !s.listener.Valid(id)
		if !dead && s.restarts != nil {
			// Before anything is received: it may be restarted at any moment.
			var mine bool
			p, _, mine = s.restarts.begin(keyOf(&at.notif), at, s.listener.Valid)
			dead = !mine
		}
		if dead {
			if s.restarts != nil && at.state != received && !seen[id] {
				table.suspect(keyOf(&at.notif))
			}
			s.disown(at)
			continue
		}
		seen[id] = true
		w := newWorker(s, at)
		if w.restart = p; p != nil {
			p.begun = at.state != received
			p.repeat = p.begun
		}
		w.phase.begin()
		call, _ := w.phase.look()
		s.relay.note(w, call, time.Now())
		heirs = append(heirs, w)
	}
	slices.Reverse(s.free) // the first slots of the table are used first
	return heirs
}

func (s *Source) disown(at *slot) {
	at.release()
	s.free = append(s.free, at)
}

// inherit goes on with the call that a predecessor left in the worker's slot.
func (w *worker) inherit() error {
	w.clock()
	decide := w.handler.Handle
	switch atomic.LoadUint32(&w.slot.state) {
	case begun:
		w.call.Repeat = true
	case done:
		// Whether the answer was given is not known; if it was, it finds no
		// receiver now. Ids are not used again.
		known := w.slot.reply()
		decide = func(*source.Call) source.Reply { return known }
	}
	err := w.serve(decide)
	if err == nil {
		w.call.Repeat = false
	}
	return err
}
