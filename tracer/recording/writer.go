package recording

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// flushEvery is how much of the past a kill -9 can take from a recording.
const flushEvery = 100 * time.Millisecond

// Writer writes a recording. Its methods may be called by several goroutines.
type Writer struct {
	mu   sync.Mutex
	file *os.File
	gz   *gzip.Writer
	line []byte
	new  bool  // something was written since the last flush
	lost int   // entries since the first error
	err  error // the first one

	trouble func(error) // is told of the first error

	done    chan struct{}
	flusher sync.WaitGroup
}

// Create makes a recording of mode 0600, which must not exist yet: an older one
// is evidence. trouble is told when it can't be written any more.
func Create(path, hostname string, trouble func(error)) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create recording: %w", err)
	}
	gz, _ := gzip.NewWriterLevel(f, gzip.BestSpeed) // a level that exists
	w := &Writer{file: f, gz: gz, trouble: trouble, done: make(chan struct{})}
	head, err := json.Marshal(Header{Version, hostname, time.Now()})
	if err == nil {
		_, err = gz.Write(append(head, '\n'))
	}
	if err = errors.Join(err, gz.Flush()); err != nil {
		return nil, errors.Join(fmt.Errorf("create recording: %w", err), f.Close())
	}
	w.flusher.Go(w.flush)
	return w, nil
}

// Put writes an entry; the caller waits for the disk. After an error, which
// Close returns, entries are counted and lost: a verdict must not depend on a
// disk that is full.
func (w *Writer) Put(e *Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		w.lost++
		return
	}
	w.line = e.append(w.line[:0])
	_, err := w.gz.Write(w.line)
	w.new = true
	w.fail(err, 1)
}

// fail notes the first error.
func (w *Writer) fail(err error, lost int) {
	if err != nil {
		w.err, w.lost = fmt.Errorf("write recording %s: %w", w.file.Name(), err), lost
		w.trouble(w.err)
	}
}

func (e *Entry) append(b []byte) []byte {
	head, _ := json.Marshal(entry{e.Call, e.ABI, e.Unrunnable, e.Repeat}) // numbers and a word
	b = append(b, head[:len(head)-1]...)
	b = append(b, `,"event":`...)
	return append(e.Event.AppendJSON(b), "}\n"...)
}

func (w *Writer) flush() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-w.done:
			return
		}
		w.mu.Lock()
		if w.new && w.err == nil {
			w.new = false
			w.fail(w.gz.Flush(), 0)
		}
		w.mu.Unlock()
	}
}

// Close ends the recording. The error says what was lost.
func (w *Writer) Close() error {
	close(w.done)
	w.flusher.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.fail(w.gz.Close(), 0)
	}
	if err := w.file.Close(); w.err == nil {
		w.fail(err, 0)
	}
	if w.lost > 0 {
		return fmt.Errorf("%w; %d events are not in it", w.err, w.lost)
	}
	return w.err
}
