// Package stats counts what a supervisor did and how long it took. Recording
// costs a few nanoseconds and allocates nothing.
package stats

import (
	"math/bits"
	"sync"
	"time"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// subBits is the resolution of a histogram: each power of two is cut into
// 1<<subBits buckets, so a reported value is at most 1/16 above the measured one.
const subBits = 4

// Histogram holds durations from 1 ns to about 18 minutes.
type Histogram struct {
	buckets [40 << subBits]uint64
	n       uint64
	max     time.Duration
}

// Record adds one duration.
func (h *Histogram) Record(d time.Duration) {
	h.buckets[bucket(d)]++
	h.n++
	h.max = max(h.max, d)
}

func bucket(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < 1<<subBits {
		return int(v)
	}
	exp := bits.Len64(v) - subBits - 1
	i := (exp+1)<<subBits | int(v>>exp&(1<<subBits-1)) //nolint:gosec // masked to four bits
	return min(i, len(Histogram{}.buckets)-1)
}

// upper is the largest duration that falls into bucket i.
func upper(i int) time.Duration {
	exp, low := i>>subBits, i&(1<<subBits-1)
	if exp == 0 {
		return time.Duration(low)
	}
	return time.Duration((low+1<<subBits+1)<<(exp-1) - 1)
}

// Quantile is a duration that the fraction q of all does not exceed.
func (h *Histogram) Quantile(q float64) time.Duration {
	want := uint64(q * float64(h.n))
	var seen uint64
	for i, c := range h.buckets {
		if seen += c; seen > want || seen == h.n && c > 0 {
			return min(upper(i), h.max)
		}
	}
	return 0
}

// Max is the longest duration.
func (h *Histogram) Max() time.Duration { return h.max }

// Count is the number of durations.
func (h *Histogram) Count() uint64 { return h.n }

func (h *Histogram) add(o *Histogram) {
	for i, c := range o.buckets {
		h.buckets[i] += c
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

type call struct {
	abi syscalls.ABI
	nr  int
}

// Recorder is one worker's share.
type Recorder struct {
	mu    sync.Mutex
	calls map[call]*Histogram
}

// Record notes a call and the time from its receipt to its reply.
func (r *Recorder) Record(abi syscalls.ABI, nr int, d time.Duration) {
	r.mu.Lock()
	h := r.calls[call{abi, nr}]
	if h == nil {
		h = new(Histogram)
		r.calls[call{abi, nr}] = h
	}
	h.Record(d)
	r.mu.Unlock()
}

// Stats is what all workers of a supervisor did. A nil Stats counts nothing: the
// clock need not be read for it.
type Stats struct {
	mu        sync.Mutex
	recorders []*Recorder
	spare     []*Recorder // of those, the ones that no worker uses
	alerts    map[string]uint64
	coalesced uint64
}

// New returns empty statistics.
func New() *Stats { return &Stats{alerts: make(map[string]uint64)} }

// Recorder makes a worker's share; of a nil Stats it is nil.
func (s *Stats) Recorder() *Recorder {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.spare); n > 0 {
		r := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return r
	}
	r := &Recorder{calls: make(map[call]*Histogram)}
	s.recorders = append(s.recorders, r)
	return r
}

// Return gives a worker's share to the next worker that asks for one. What it
// holds goes on to count. A nil Recorder is none.
func (s *Stats) Return(r *Recorder) {
	if s == nil || r == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = append(s.spare, r)
}

// Alert counts an alert of a rule.
func (s *Stats) Alert(rule string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.alerts[rule]++
	s.mu.Unlock()
}

// Coalesced counts a notification that was the restart of a call already seen.
func (s *Stats) Coalesced() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.coalesced++
	s.mu.Unlock()
}

// Total adds the durations of all calls, whichever, to a histogram.
func (s *Stats) Total(to *Histogram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.recorders {
		r.mu.Lock()
		for _, h := range r.calls {
			to.add(h)
		}
		r.mu.Unlock()
	}
}
