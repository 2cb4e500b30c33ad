package notify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrStopped is what Serve returns after Stop.
var ErrStopped = errors.New("serve calls: stopped")

// stopTick is how often Stop looks whether all decisions have ended.
const stopTick = time.Millisecond

// Stop ends serving so that another process can take over: no decision begins
// any more, those that run are answered, and a call that is received all the same
// stays in its slot. Serve returns ErrStopped when that is so. When ctx ends
// first, so does Serve, and the error says how many decisions are left; they stay
// in their slots.
//
// A receiver that sleeps in the kernel (see Waiting) can't be woken. It goes on
// to hold its slot until the process ends or a call comes, which it leaves there.
func (s *Source) Stop(ctx context.Context) error {
	s.stopping.Store(true)
	s.wait.stop()
	defer s.finish(ErrStopped)
	tick := time.NewTicker(stopTick)
	defer tick.Stop()
	for {
		running := s.running()
		if running == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.done:
			return nil // the last task under the filter is gone
		case <-ctx.Done():
			s.hurry.Store(true)
			return fmt.Errorf("stop serving: %d decisions still run: %w", running, context.Cause(ctx))
		}
	}
}

// running is the number of calls that are being decided or answered.
func (s *Source) running() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.workers {
		if _, at := w.phase.look(); at == deciding || at == acting {
			n++
		}
	}
	return n
}
