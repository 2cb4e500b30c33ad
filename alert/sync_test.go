package alert_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callgate/callgate/alert"
)

// With Sync an alert is out when Put returns.
func TestSyncPutWaitsForEverySink(t *testing.T) {
	slow, quick := &memory{gate: make(chan struct{})}, &memory{}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{quick, slow}, Sync: true})
	put := make(chan struct{})
	go func() { q.Put(message(1)); close(put) }()
	eventually(t, "the quick sink has it", func() bool { return strings.Contains(quick.all(), "number 1") })
	select {
	case <-put:
		t.Error("Put returned before the slow sink had the alert")
	default:
	}
	slow.gate <- struct{}{}
	<-put
	if !strings.Contains(slow.all(), "number 1") {
		t.Error("Put returned, and the slow sink does not have the alert")
	}
	close(slow.gate)
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() { q.Put(message(n)) })
	}
	wg.Wait()
	if got := strings.Count(slow.all(), "\n"); got != 51 {
		t.Errorf("%d alerts are out when the last Put has returned", got)
	}
	closeQueue(t, q)
}

// A sink that can't be written to holds nobody.
func TestSyncPutCountsLosses(t *testing.T) {
	m := &memory{err: errors.New("no space")}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}, Sync: true})
	q.Put(message(1))
	if lost := q.Stats().Sinks[0].Lost; lost != 1 {
		t.Errorf("%d lost alerts are counted when Put has returned", lost)
	}
	closeQueue(t, q)
}

func TestSyncPutReturnsWhenCloseGivesUp(t *testing.T) {
	m := &memory{gate: make(chan struct{})}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}, Sync: true})
	var wg sync.WaitGroup
	for n := range 3 {
		wg.Go(func() { q.Put(message(n)) })
	}
	eventually(t, "one is being written and two wait", func() bool { s := q.Stats(); return s.Accepted == 3 && s.Queued == 2 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Close(ctx); err == nil {
		t.Error("Close does not say that alerts were dropped")
	}
	wg.Wait()
	close(m.gate)
}

// A sink that hangs holds callers only so long; what had no room is told as lost
// once it can be.
func TestPatienceIsBounded(t *testing.T) {
	m := &memory{gate: make(chan struct{})}
	q := alert.NewQueue(alert.Config{Sinks: []alert.Sink{m}, Sync: true, Capacity: 1, Patience: 10 * time.Millisecond})
	q.Put(message(1))
	eventually(t, "the writer takes the first", func() bool { return q.Stats().Queued == 0 })
	q.Put(message(2)) // waits
	q.Put(message(3)) // has no room
	if s := q.Stats(); s.Sinks[0].Lost != 1 || s.Sinks[0].Err == "" {
		t.Errorf("an alert without room is not counted: %+v", s)
	}
	close(m.gate)
	closeQueue(t, q)
	all := m.all()
	if !strings.Contains(all, "number 1") || !strings.Contains(all, "number 2") || strings.Contains(all, "number 3") || !strings.Contains(all, "1 alerts were lost") {
		t.Errorf("written: %s", all)
	}
}
