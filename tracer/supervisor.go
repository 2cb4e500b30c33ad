// Package tracer is the supervisor: it takes intercepted calls from a source,
// decodes them into events, has the rules judge them, reports what matched and
// gives the verdict.
package tracer

import (
	"os"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/tracer/proc"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

// Config is what a supervisor goes by.
type Config struct {
	Rules *rules.Set
	Mode  rules.Mode
	// Alerts takes every alert. It may block: the call that caused the alert is
	// held meanwhile, and no other.
	Alerts func(*alert.Alert)
	Stats  *stats.Stats
	// Own are the process ids of callgate and its helpers, which the supervised
	// processes must not touch.
	Own []int
}

// Supervisor judges the calls of any number of sandboxes.
type Supervisor struct {
	cfg       Config
	threads   *proc.Table
	protector *protector
	searches  *searches
	hostname  string
	events    counter
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
	return &Supervisor{cfg: cfg, threads: threads, protector: newProtector(cfg.Own), searches: newSearches(), hostname: host}, nil
}

// Close closes what the supervisor holds of the supervised processes.
func (s *Supervisor) Close() { s.threads.Close() }

// NewHandler makes a worker's handler for the calls of a sandbox.
func (s *Supervisor) NewHandler(sb *Sandbox) source.Handler { return newJudge(s, sb) }
