// Package tracer is the supervisor: it takes intercepted calls from a source,
// decodes them into events, has the rules judge them, reports what matched and
// gives the verdict.
package tracer

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/tracer/proc"
	"github.com/callgate/callgate/tracer/recording"
	"github.com/callgate/callgate/tracer/stats"
)

// Config is what a supervisor goes by.
type Config struct {
	// Alerts takes every alert. It may block: the call that caused the alert is
	// held meanwhile, and no other.
	Alerts func(*alert.Alert)
	Stats  *stats.Stats
	// Own are the process ids of callgate and its helpers, which the supervised
	// processes must not touch.
	Own []int
	// Record takes every event that was judged, with all that can be known of it;
	// nil: nobody wants them, and less is read. The entry is the taker's until it
	// returns; it may block like Alerts.
	Record func(*recording.Entry)
}

// Supervisor judges the calls of any number of sandboxes.
type Supervisor struct {
	cfg       Config
	threads   *proc.Table
	protector *protector
	searches  *searches
	unread    hidden
	hosts     hosts
	hostname  string
	events    atomic.Int64
	done      chan struct{}
	sweeper   sync.WaitGroup
}

// New makes a supervisor. Close gives back what it holds.
func New(cfg Config) (*Supervisor, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	threads, err := proc.NewTable(proc.Options{})
	if err != nil {
		return nil, err
	}
	s := &Supervisor{cfg: cfg, threads: threads, protector: newProtector(cfg.Own), searches: newSearches(), hosts: hosts{path: hostsFile}, hostname: host, done: make(chan struct{})}
	s.sweeper.Go(s.sweep)
	return s, nil
}

// Close closes what the supervisor holds of the supervised processes.
func (s *Supervisor) Close() {
	close(s.done)
	s.sweeper.Wait()
	s.threads.Close()
}

const (
	// sweepEvery is how long handles of threads that are gone may stay open while
	// calls come in.
	sweepEvery = 2 * time.Second
	// sweepRarely is the same while none do: each look at the threads of hundreds of
	// sleeping containers takes time.
	sweepRarely = 2 * time.Minute
)

func (s *Supervisor) sweep() {
	pause := sweepEvery
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-s.threads.Used():
			pause = sweepEvery
		case <-timer.C:
			s.threads.Sweep()
			pause = min(2*pause, sweepRarely)
		case <-s.done:
			return
		}
		timer.Reset(pause)
	}
}
