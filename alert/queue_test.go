package alert_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callgate/callgate/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a sink that can be made to fail or to hang.
type memory struct {
	mu     sync.Mutex
	lines  []string
	err    error
	closed bool

	gate chan struct{} // when not nil, every write takes one from it
}

func (m *memory) Name() string { return "memory" }

func (m *memory) WriteLine(line []byte) error {
	if m.gate != nil {
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	m.lines = append(m.lines, string(line))
	return nil
}

func (m *memory) Close() error { m.closed = true; return nil }

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *memory) all() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.lines, "")
}

func message(n int) *alert.Alert {
	return &alert.Alert{Time: time.Unix(0, 0).UTC(), Rule: "r", Priority: "Notice", Output: fmt.Sprintf("number %d", n)}
}

func closeQueue(t *testing.T, q *alert.Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := q.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
		time.Sleep(time.Millisecond) // polls the condition above
	}
}

func TestQueueKeepsTheOrderOnEverySink(t *testing.T) {
	a, b := &memory{}, &memory{}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{a, b}})
	var want strings.Builder
	for i := range 100 {
		q.Put(message(i))
		fmt.Fprintf(&want, "00:00:00.000000000: Notice number %d\n", i)
	}
	closeQueue(t, q)
	if a.all() != want.String() || b.all() != want.String() {
		t.Error("lines are missing or out of order")
	}
	if !a.closed || !b.closed {
		t.Error("a sink was left open")
	}
	s := q.Stats()
	if s.Accepted != 100 || s.Queued != 0 || s.Dropped != 0 || s.Sinks[0].Written != 100 || s.Sinks[1].Lost != 0 {
		t.Errorf("stats: %+v", s)
	}
}

func TestFullQueueHoldsOnlyItsCallers(t *testing.T) {
	m := &memory{gate: make(chan struct{})}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}, Capacity: 2})
	q.Put(message(0))
	eventually(t, "the writer takes the first", func() bool { return q.Stats().Queued == 0 })
	q.Put(message(1))
	q.Put(message(2))
	put := make(chan struct{})
	go func() { q.Put(message(3)); close(put) }()
	eventually(t, "the fourth waits", func() bool { return q.Stats().Waited == 1 })
	select {
	case <-put:
		t.Fatal("Put did not wait")
	default:
	}
	if s := q.Stats(); s.Queued != 2 {
		t.Errorf("queued %d, want 2", s.Queued)
	}
	close(m.gate)
	<-put
	closeQueue(t, q)
	if got := strings.Count(m.all(), "\n"); got != 4 {
		t.Errorf("wrote %d lines, want 4", got)
	}
}

func TestQueueIsBoundedInBytes(t *testing.T) {
	m := &memory{gate: make(chan struct{})}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}, Bytes: 1000})
	big := message(0)
	big.Output = strings.Repeat("x", 5000) // alone it goes in
	q.Put(message(0))
	eventually(t, "the writer takes the first", func() bool { return q.Stats().Queued == 0 })
	q.Put(big)
	put := make(chan struct{})
	go func() { q.Put(message(1)); close(put) }()
	eventually(t, "the next waits", func() bool { return q.Stats().Waited == 1 })
	close(m.gate)
	<-put
	closeQueue(t, q)
	if got := strings.Count(m.all(), "\n"); got != 3 {
		t.Errorf("wrote %d lines, want 3", got)
	}
}

func TestPutRendersAtOnce(t *testing.T) {
	m := &memory{gate: make(chan struct{})}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}})
	a := message(1)
	q.Put(a)
	a.Output = "changed"
	close(m.gate)
	closeQueue(t, q)
	if !strings.Contains(m.all(), "number 1") {
		t.Errorf("wrote %q", m.all())
	}
}

func TestLossesAreCountedAndTold(t *testing.T) {
	for _, format := range []alert.Format{{}, {JSON: true}} {
		bad, good := &memory{}, &memory{}
		var report bytes.Buffer
		q := alert.NewQueue(alert.Config{Format: format, Sinks: []alert.Sink{bad, good}, Hostname: "h", Report: &report})
		written := func(n uint64) func() bool {
			return func() bool { return q.Stats().Sinks[1].Written == n }
		}
		bad.fail(errors.New("no space left on device"))
		for i := range 5 {
			q.Put(message(i))
		}
		eventually(t, "the good sink has all", written(5))
		if s := q.Stats().Sinks[0]; s.Lost != 5 || s.Err != "no space left on device" {
			t.Errorf("stats while it fails: %+v", s)
		}
		bad.fail(nil)
		q.Put(message(5))
		q.Put(message(6))
		closeQueue(t, q)

		lines := strings.Split(strings.TrimSuffix(bad.all(), "\n"), "\n")
		if len(lines) != 3 || !strings.Contains(lines[0], "5 alerts were lost: no space left on device") || !strings.Contains(lines[1], "number 5") {
			t.Errorf("the failed sink shows %q", lines)
		}
		if format.JSON {
			var got record
			decode(t, []byte(lines[0]), &got)
			if got.OutputFields["callgate.lost"] != 5.0 || got.Source != "internal" || got.Priority != "Critical" || got.Hostname != "h" {
				t.Errorf("loss record: %+v", got)
			}
		}
		if s := q.Stats().Sinks[0]; s.Lost != 5 || s.Written != 2 || s.Err != "" {
			t.Errorf("stats after it recovered: %+v", s)
		}
		want := "callgate: write alerts to memory: no space left on device; alerts are lost until it can be written\n" +
			"callgate: memory can be written again: 5 alerts were lost\n"
		if report.String() != want {
			t.Errorf("report:\n%s\nwant:\n%s", report.String(), want)
		}
	}
}

func TestLossesThatNeverEndAreToldAtClose(t *testing.T) {
	m := &memory{err: errors.New("broken pipe")}
	var report bytes.Buffer
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}, Report: &report})
	for i := range 3 {
		q.Put(message(i))
	}
	closeQueue(t, q)
	if !strings.HasSuffix(report.String(), "callgate: memory could not be written: 3 alerts were lost\n") {
		t.Errorf("report: %s", report.String())
	}
}

func TestCloseGivesUpOnAHangingSink(t *testing.T) {
	m := &memory{gate: make(chan struct{})}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}, Capacity: 1})
	q.Put(message(0))
	eventually(t, "the writer takes the first", func() bool { return q.Stats().Queued == 0 })
	q.Put(message(1))
	put := make(chan struct{})
	go func() { q.Put(message(2)); close(put) }()
	eventually(t, "the third waits", func() bool { return q.Stats().Waited == 1 })

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := q.Close(ctx)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "write the last 3 alerts") {
		t.Errorf("Close: %v", err)
	}
	<-put // whoever waited goes on
	q.Put(message(3))
	if s := q.Stats(); s.Dropped != 3 {
		t.Errorf("dropped %d, want 3 (one queued, one waiting, one late)", s.Dropped)
	}
	close(m.gate)
	closeQueue(t, q) // and once it can, the writer ends
}
