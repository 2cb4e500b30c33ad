package alert

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"
)

// write is the queue's only writer: it gives each line to every sink, until the
// queue is closed and empty.
func (q *Queue) write() {
	defer close(q.done)
	for {
		l, ok := q.take()
		if !ok {
			break
		}
		for _, o := range q.outlets {
			o.write(l.text)
		}
		if l.out != nil {
			close(l.out)
		}
	}
	for _, o := range q.outlets {
		o.close()
	}
}

// take waits for a line; false means that there will be no more.
func (q *Queue) take() (l line, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing = false
	for len(q.lines) == 0 {
		if q.closed && (q.waiting == 0 || q.dropped) {
			return line{}, false
		}
		q.notEmpty.Wait()
	}
	l = q.lines[0]
	q.lines[0] = line{}
	q.lines = q.lines[1:]
	q.size -= len(l.text)
	q.writing = true
	q.notFull.Broadcast()
	return l, true
}

// outlet is a sink and what became of the lines that it was given.
type outlet struct {
	sink     Sink
	format   Format
	hostname string
	report   io.Writer

	mu       sync.Mutex
	written  uint64
	lost     uint64 // since the start
	untold   uint64 // lost since the sink was last told
	failing  error  // the last write's error
	failedAt time.Time
}

// write gives the line to the sink. After losses the sink is first told about
// them, so that its reader knows of the gap.
func (o *outlet) write(line []byte) {
	err := o.tellLosses()
	if err == nil {
		err = o.sink.WriteLine(line)
	}
	if err != nil {
		o.lose(err)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written++
}

var errHangs = errors.New("it takes nothing")

// lose counts an alert that the sink did not get.
func (o *outlet) lose(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failing == nil {
		_, _ = fmt.Fprintf(o.report, "callgate: write alerts to %s: %v; alerts are lost until it can be written\n", o.sink.Name(), err)
	}
	if o.untold == 0 {
		o.failedAt = time.Now()
	}
	o.failing = err
	o.lost++
	o.untold++
}

// tellLosses writes a record of the losses since the last one, if any, to the
// sink, and a line about it to the report.
func (o *outlet) tellLosses() error {
	o.mu.Lock()
	n, since, cause := o.untold, o.failedAt, o.failing
	o.mu.Unlock()
	if n == 0 {
		return nil
	}
	if err := o.sink.WriteLine(o.format.Append(nil, lossAlert(o.hostname, o.sink.Name(), n, since, cause))); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(o.report, "callgate: %s can be written again: %d alerts were lost\n", o.sink.Name(), n)
	o.mu.Lock()
	o.untold, o.failing = 0, nil
	o.mu.Unlock()
	return nil
}

// lossAlert is the record that fills a gap.
func lossAlert(hostname, sink string, n uint64, since time.Time, cause error) *Alert {
	return &Alert{
		Time:     time.Now(),
		Rule:     "callgate internal: alerts lost",
		Priority: "Critical",
		Source:   SourceInternal,
		Hostname: hostname,
		Output:   "callgate internal: " + strconv.FormatUint(n, 10) + " alerts were lost: " + cause.Error(),
		Fields: []Field{
			{"callgate.sink", String(sink)},
			{"callgate.lost", Int(int(n))},
			{"callgate.lost_since", String(since.UTC().Format(layoutJSON))},
		},
	}
}

// close tells what is still untold and closes the sink.
func (o *outlet) close() {
	if err := o.tellLosses(); err != nil {
		o.mu.Lock()
		n := o.untold
		o.mu.Unlock()
		_, _ = fmt.Fprintf(o.report, "callgate: %s could not be written: %d alerts were lost\n", o.sink.Name(), n)
	}
	if err := o.sink.Close(); err != nil {
		_, _ = fmt.Fprintf(o.report, "callgate: close %s: %v\n", o.sink.Name(), err)
	}
}

func (o *outlet) stats() SinkStats {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := SinkStats{Name: o.sink.Name(), Written: o.written, Lost: o.lost}
	if o.failing != nil {
		s.Err = o.failing.Error()
	}
	return s
}
