package alert

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
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
	Capacity int    // alerts that may wait; 0 means 4096
	Bytes    int    // bytes that may wait; 0 means 16 MiB
	Hostname string // given to the queue's own alerts
	// Sync makes Put return only when the alert was given to every sink, or its
	// loss was counted. Callers whose alerts wait for a slow sink are held; nobody
	// else is.
	Sync bool
	// Patience bounds how long Put waits, first for room and then, with Sync, for
	// the sinks; 0: as long as it takes. An alert for which there was no room is
	// lost and counted, one that has room is written when the sinks take it.
	Patience time.Duration
	Report   io.Writer // where trouble with a sink is told (sink.Stderr(), not os.Stderr, which dies of EPIPE); nil means nowhere
}

// Queue carries alerts to sinks in the order of Put. It never drops an alert
// to keep up: when it is full, Put waits. Only a sink that refuses to be
// written to loses alerts, and the queue tells how many.
type Queue struct {
	format   Format
	max      int
	bytes    int
	sync     bool
	patience time.Duration

	mu       sync.Mutex
	notFull  sync.Cond
	notEmpty sync.Cond
	lines    []line // waiting, oldest first
	size     int    // bytes in lines
	waiting  int    // calls of Put that wait for room
	writing  bool   // a line was taken and is being written
	closed   bool   // no new alerts
	dropped  bool   // Close gave up: nothing waits any more
	stats    Stats

	outlets []*outlet
	done    chan struct{} // closed when the writer has ended
	gaveUp  chan struct{} // closed when Close gave up
}

// line is a rendered alert.
type line struct {
	text []byte
	out  chan struct{} // closed when every sink was given it; nil: nobody waits
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
	q := &Queue{format: c.Format, max: c.Capacity, bytes: c.Bytes, sync: c.Sync, patience: c.Patience, done: make(chan struct{}), gaveUp: make(chan struct{})}
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

// Put adds an alert and waits while the queue is full; see also Config.Sync. The
// alert is rendered at once: neither it nor its strings are kept.
func (q *Queue) Put(a *Alert) {
	l := line{text: q.format.Append(nil, a)}
	if q.sync {
		l.out = make(chan struct{})
	}
	if !q.add(l) || l.out == nil {
		return
	}
	var late <-chan time.Time
	if q.patience > 0 {
		late = time.After(q.patience)
	}
	select {
	case <-l.out:
	case <-late:
	case <-q.gaveUp:
	}
}

// add puts a line into the queue; false: it will not be written.
func (q *Queue) add(l line) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Accepted++
	if q.closed {
		q.stats.Dropped++
		return false
	}
	room := true
	if q.full(len(l.text)) {
		room = q.awaitRoom(len(l.text))
	}
	if q.dropped {
		q.stats.Dropped++
		return false
	}
	if !room {
		for _, o := range q.outlets {
			o.lose(errHangs)
		}
		return false
	}
	q.lines = append(q.lines, l)
	q.size += len(l.text)
	q.notEmpty.Broadcast()
	return true
}

// awaitRoom waits until a line of n bytes has room; false when patience or the
// queue ended first. The caller holds mu.
func (q *Queue) awaitRoom(n int) bool {
	q.stats.Waited++
	q.waiting++
	defer func() { q.waiting-- }()
	late := false
	if q.patience > 0 {
		defer time.AfterFunc(q.patience, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			late = true
			q.notFull.Broadcast()
		}).Stop()
	}
	for q.full(n) && !q.dropped && !late {
		q.notFull.Wait()
	}
	return !q.full(n)
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
	close(q.gaveUp)
	q.notFull.Broadcast()
	q.notEmpty.Broadcast()
	q.mu.Unlock()
	return fmt.Errorf("write the last %d alerts: %w", n, context.Cause(ctx))
}
