package notify

import (
	"errors"
	"time"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

// worker receives, decides and answers one call at a time.
type worker struct {
	source   *Source
	handler  source.Handler
	recorder *stats.Recorder // or nil; it is returned while the worker rests
	turn     chan struct{}
	phase    phase
	slot     *slot // no longer its own once the phase is taken
	left     chan struct{}

	id      uint64 // the notification that is decided
	call    source.Call
	restart *pending      // what is known of a call that can be restarted
	start   time.Time     // of the receipt of the call in hand
	took    time.Duration // until its answer was known
}

func newWorker(s *Source, at *slot) *worker {
	w := &worker{source: s, handler: s.opts.NewHandler(), turn: make(chan struct{}, 1), slot: at, left: make(chan struct{})}
	w.call.Valid, w.call.Act, w.call.Restarts = w.valid, w.act, s.restarts != nil
	return w
}

func (w *worker) valid() bool { return w.source.listener.Valid(w.id) }

// act runs what can't be undone because of the call in hand.
func (w *worker) act(effect func()) bool {
	if !w.phase.act() {
		return false
	}
	w.slot.begin()
	effect()
	w.phase.decide()
	return true
}

// rest gives back what only a worker with calls to decide needs.
func (w *worker) rest() {
	w.handler.Rest()
	w.source.opts.Stats.Return(w.recorder)
	w.recorder = nil
}

// errTaken ends a worker whose call was taken from it.
var errTaken = errors.New("the call was taken")

// run works until the source ends, beginning with what the worker was made for.
// Its error is errTaken when another worker goes on in its place.
func (w *worker) run(first func() error) (err error) {
	defer close(w.left)
	defer w.rest()
	if first != nil {
		err = first()
	}
	for err == nil {
		if err = w.receive(); err != nil {
			break
		}
		w.rest()
		w.source.park(w)
		select {
		case <-w.turn:
		case <-w.source.done:
			return nil
		}
	}
	switch {
	case errors.Is(err, seccomp.ErrHangup):
		w.source.finish(nil)
	case !errors.Is(err, errTaken) && !errors.Is(err, seccomp.ErrStopped): // Stop ends the source when all have answered
		w.source.finish(err)
	}
	return err
}

// receive serves calls until it is another worker's turn.
func (w *worker) receive() error {
	s := w.source
	for s.receiver.Load() == w {
		if s.stopping.Load() {
			return seccomp.ErrStopped
		}
		switch err := s.wait.receive(&w.slot.notif, w.rest); {
		case errors.Is(err, seccomp.ErrInterrupted):
			continue // the caller died or was interrupted before we received
		case err != nil:
			return err
		}
		w.phase.begin()
		if s.stopping.Load() {
			w.phase.end()
			return seccomp.ErrStopped // the call stays in its slot for a successor
		}
		s.relay.watch()
		w.clock()
		if err := w.serve(w.handler.Handle); err != nil {
			return err
		}
	}
	return nil
}

// serve decides the call in the worker's slot, answers it and releases the slot.
func (w *worker) serve(decide func(*source.Call) source.Reply) error {
	w.id = w.slot.id()
	err := w.settle(decide)
	if err != nil {
		return err
	}
	w.slot.release()
	w.phase.end()
	w.source.wait.served()
	if w.recorder != nil {
		w.recorder.Record(w.call.ABI, w.call.NR, w.took)
	}
	return nil
}

// clock notes when the call was received, where anybody asks for it.
func (w *worker) clock() {
	if w.recorder == nil {
		w.recorder = w.source.opts.Stats.Recorder()
	}
	if w.recorder != nil {
		w.start = time.Now()
	}
}
