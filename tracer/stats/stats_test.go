package stats

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp/syscalls"
)

func TestBucketBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "d"))
		u := upper(bucket(d))
		if u < d || u > d+d/16+1 {
			t.Fatalf("%d falls into a bucket up to %d", d, u)
		}
	})
}

func TestQuantiles(t *testing.T) {
	var h Histogram
	for i := range 1000 {
		h.Record(time.Duration(i+1) * time.Microsecond)
	}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{0, time.Microsecond}, {0.5, 500 * time.Microsecond}, {0.99, 990 * time.Microsecond}, {1, time.Millisecond}} {
		if got := h.Quantile(c.q); got < c.want || got > c.want+c.want/8 {
			t.Errorf("quantile %v is %v, want about %v", c.q, got, c.want)
		}
	}
	if h.Max() != time.Millisecond || h.Count() != 1000 {
		t.Errorf("max %v of %d", h.Max(), h.Count())
	}
	if got := new(Histogram).Quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v", got)
	}
}

func TestReportSumsWorkers(t *testing.T) {
	s := New()
	a, b := s.Recorder(), s.Recorder()
	a.Record(syscalls.AMD64, 59, 10*time.Microsecond)
	b.Record(syscalls.AMD64, 59, 30*time.Microsecond)
	b.Record(syscalls.I386, 11, time.Microsecond)
	s.Alert("r")
	s.Coalesced()
	rep := s.Report()
	if rep.Notifications != 3 || rep.Coalesced != 1 || rep.Alerts["r"] != 1 || len(rep.Syscalls) != 2 {
		t.Fatalf("unexpected report %+v", rep)
	}
	if first := rep.Syscalls[0]; first.Notifications != 2 || first.ABI != "amd64" || first.Latency.Max != 30 {
		t.Errorf("unexpected first call %+v", first)
	}
	var total Histogram
	if s.Total(&total); total.Count() != 3 || total.Max() != 30*time.Microsecond {
		t.Errorf("total of %d, at most %v", total.Count(), total.Max())
	}
	if n := testing.AllocsPerRun(100, func() { a.Record(syscalls.AMD64, 59, time.Microsecond) }); n != 0 {
		t.Errorf("recording allocates %v times", n)
	}
}

// Who wants no statistics gives nil, and nobody has to ask before counting.
func TestNilCountsNothing(t *testing.T) {
	var s *Stats
	if r := s.Recorder(); r != nil {
		t.Errorf("it makes a recorder: %v", r)
	}
	s.Return(nil)
	s.Alert("r")
	s.Coalesced()
}
