package alert

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// Sink is a place where lines go. The queue calls it from one goroutine,
// except for Reopen.
type Sink interface {
	// Name tells the sink in messages: stderr, file:/var/log/callgate.json.
	Name() string
	// WriteLine writes one line, its newline included; all of it or an error.
	WriteLine(line []byte) error
	Close() error
}

// Reopener is a Sink whose file may be renamed under it (log rotation).
type Reopener interface{ Reopen() error }

// Limits of what waits in a queue when Config does not say.
const (
	defaultCapacity = 4096
	defaultBytes    = 16 << 20
)

// Config says how a queue works.
type Config struct {
	Format   Format
	Sinks    []Sink
	Capacity int       // alerts that may wait; 0 means 4096
	Bytes    int       // bytes that may wait; 0 means 16 MiB
	Hostname string    // given to the queue's own alerts
	Report   io.Writer // where trouble with a sink is told (sink.Stderr(), not os.Stderr, which dies of EPIPE); nil means nowhere
}

// Queue carries alerts to sinks in the order of Put. It never drops an alert
// to keep up: when it is full, Put waits. Only a sink that refuses to be
// written to loses alerts, and the queue tells how many.
type Queue struct {
	format Format
	max    int
	bytes  int

	mu       sync.Mutex
	notFull  sync.Cond
	notEmpty sync.Cond
	lines    [][]byte // waiting, oldest first
	size     int      // bytes in lines
	waiting  int      // calls of Put that wait for room
	writing  bool     // a line was taken and is being written
	closed   bool     // no new alerts
	dropped  bool     // Close gave up: nothing waits any more
	stats    Stats

	outlets []*outlet
	done    chan struct{} // closed when the writer has ended
}

// Stats tells what a queue has done so far.
type Stats struct {
	Accepted uint64 // alerts given to Put, those that were dropped included
	Waited   uint64 // calls of Put that found the queue full
	Dropped  uint64 // alerts that came after Close, or waited when it gave up
	Queued   int    // alerts waiting now
	Sinks    []SinkStats
}

// SinkStats tells how one sink fared.
type SinkStats struct {
	Name    string
	Written uint64
	Lost    uint64 // alerts that could not be written, since the start
	Err     string // why the sink can't be written now; empty when it can
}

// NewQueue starts a queue. Close ends it and closes its sinks.
func NewQueue(c Config) *Queue {
	q := &Queue{format: c.Format, max: c.Capacity, bytes: c.Bytes, done: make(chan struct{})}
	if q.max <= 0 {
		q.max = defaultCapacity
	}
	if q.bytes <= 0 {
		q.bytes = defaultBytes
	}
	q.notFull.L, q.notEmpty.L = &q.mu, &q.mu
	report := c.Report
	if report == nil {
		report = io.Discard
	}
	for _, s := range c.Sinks {
		q.outlets = append(q.outlets, &outlet{sink: s, format: c.Format, hostname: c.Hostname, report: report})
	}
	go q.write()
	return q
}

// Put adds an alert and waits while the queue is full. The alert is rendered
// at once: neither it nor its strings are kept.
func (q *Queue) Put(a *Alert) {
	line := q.format.Append(nil, a)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Accepted++
	if q.closed {
		q.stats.Dropped++
		return
	}
	if q.full(len(line)) {
		q.stats.Waited++
		q.waiting++
		for q.full(len(line)) && !q.dropped {
			q.notFull.Wait()
		}
		q.waiting--
	}
	if q.dropped {
		q.stats.Dropped++
		return
	}
	q.lines = append(q.lines, line)
	q.size += len(line)
	q.notEmpty.Broadcast()
}

// full reports whether a line of n bytes must wait. A line that is larger than
// the limit goes in when it is alone.
func (q *Queue) full(n int) bool {
	return len(q.lines) >= q.max || len(q.lines) > 0 && q.size+n > q.bytes
}

// Reopen makes sinks that can do so open their file again, after a rotation.
// A sink that fails keeps the file that it has.
func (q *Queue) Reopen() error {
	var first error
	for _, o := range q.outlets {
		if r, ok := o.sink.(Reopener); ok {
			if err := r.Reopen(); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

// Stats tells what the queue has done so far.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	s := q.stats
	s.Queued = len(q.lines)
	q.mu.Unlock()
	for _, o := range q.outlets {
		s.Sinks = append(s.Sinks, o.stats())
	}
	return s
}

// Close takes no more alerts, writes those that wait and closes the sinks. When
// ctx ends first, what still waits is dropped and the error says how much; a
// write that hangs (a pipe that nobody reads) is left to itself.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.notEmpty.Broadcast()
	q.mu.Unlock()
	select {
	case <-q.done:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	n := len(q.lines) + q.waiting
	if q.writing {
		n++
	}
	q.stats.Dropped += uint64(len(q.lines))
	q.dropped = true
	q.lines, q.size = nil, 0
	q.notFull.Broadcast()
	q.notEmpty.Broadcast()
	q.mu.Unlock()
	return fmt.Errorf("write the last %d alerts: %w", n, context.Cause(ctx))
}
