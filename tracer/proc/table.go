package proc

import (
	"container/list"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// DefaultThreads is how many threads a Table keeps open handles for.
const DefaultThreads = 256

// handlesPerThread bounds the descriptors of one entry.
const handlesPerThread = 4

// Options of a Table; the zero value is ready for use.
type Options struct {
	// Threads bounds the threads whose handles are kept; 0 means
	// DefaultThreads. It is lowered when RLIMIT_NOFILE is too small for it.
	Threads int
	// Proc is where procfs is mounted; "" means /proc. It must show callgate's
	// own pid namespace.
	Proc string
}

// Table keeps handles on the threads that a supervisor sees. It may be used by
// several goroutines; a Thread from it by one at a time.
type Table struct {
	proc   int // O_PATH on procfs, so that a later chroot or mount doesn't mislead
	max    int
	clock  atomic.Uint64 // counts the opened entries, see Stat.read
	offset atomic.Int64  // CLOCK_REALTIME minus CLOCK_BOOTTIME, ns
	self   selfInfo

	used    chan struct{}
	walkers sync.Pool // of *walker
	users   userCache

	mu      sync.Mutex
	entries map[int]*entry
	recent  list.List // of *entry, most recently used first
	spare   []*Thread
	stirred bool // used since the last sweep
	closed  bool
}

// NewTable opens procfs. The error says so when /proc is missing or belongs to
// another pid namespace, in which every number would name another thread.
func NewTable(opts Options) (*Table, error) {
	path := opts.Proc
	if path == "" {
		path = "/proc"
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	tb := &Table{proc: fd, max: opts.Threads, entries: map[int]*entry{}, used: make(chan struct{}, 1)}
	if err := tb.init(path); err != nil {
		closeFD(fd)
		return nil, err
	}
	return tb, nil
}

func (tb *Table) init(path string) error {
	if err := tb.checkProc(path); err != nil {
		return err
	}
	if tb.max <= 0 {
		tb.max = DefaultThreads
	}
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err == nil {
		// Half of the descriptors stay for everything else.
		tb.max = min(tb.max, max(8, int(min(lim.Cur, 1<<20))/2/handlesPerThread))
	}
	if err := tb.self.load(tb.proc); err != nil {
		return err
	}
	return tb.setClock()
}

// Close closes every handle; those in use when they are released, which is all
// that may be done with a Thread afterwards.
func (tb *Table) Close() {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if tb.closed {
		return
	}
	tb.closed = true
	for _, e := range tb.entries {
		tb.drop(e)
	}
	closeFD(tb.proc)
}

// Thread is the thread with id tid in callgate's pid namespace. Its handle is
// kept; whoever calls it calls Release when done. ErrGone when there is no such
// thread. A kept handle is proved by the first thing that is asked of it.
func (tb *Table) Thread(tid int) (*Thread, error) {
	if t := tb.cached(tid); t != nil {
		return t, nil
	}
	return tb.open(tid)
}

// cached pins the kept entry for tid, if there is one.
func (tb *Table) cached(tid int) *Thread {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.stir()
	e := tb.entries[tid]
	if e == nil {
		return nil
	}
	tb.recent.MoveToFront(e.place)
	return tb.pin(e, false)
}

// open makes a new entry for tid, in place of a kept one.
func (tb *Table) open(tid int) (*Thread, error) {
	if tb.isClosed() {
		return nil, fmt.Errorf("open thread %d: %w", tid, os.ErrClosed)
	}
	e, err := tb.openEntry(tid)
	if err != nil {
		return nil, err
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if old := tb.entries[tid]; old != nil {
		tb.drop(old)
	}
	t := tb.pin(e, true)
	if tb.closed {
		e.dead = true // closed by Release
		return t, nil
	}
	tb.entries[tid] = e
	e.place = tb.recent.PushFront(e)
	tb.trim(tb.max)
	return t, nil
}

func (tb *Table) isClosed() bool {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return tb.closed
}

// trim drops the least recently used entries that nobody holds. The caller
// holds mu.
func (tb *Table) trim(limit int) {
	for el := tb.recent.Back(); el != nil && len(tb.entries) > limit; {
		e := el.Value.(*entry)
		el = el.Prev()
		if e.refs == 0 {
			tb.drop(e)
		}
	}
}

// Used tells of the first thread that is asked for after a sweep.
func (tb *Table) Used() <-chan struct{} { return tb.used }

// stir notes that the table is in use. The caller holds mu.
func (tb *Table) stir() {
	if tb.stirred {
		return
	}
	tb.stirred = true
	_ = tb.setClock() // it worked in NewTable; the old offset stays otherwise
	select {
	case tb.used <- struct{}{}:
	default: // it is told already
	}
}

// Sweep closes the handles of threads that are gone. A supervisor calls it now
// and then, so that a burst of short processes doesn't hold descriptors.
func (tb *Table) Sweep() {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.stirred = false
	for el := tb.recent.Front(); el != nil; {
		e := el.Value.(*entry)
		el = el.Next()
		if e.refs == 0 && !e.alive() {
			tb.drop(e)
		}
	}
}

// Len is the number of threads whose handles are kept.
func (tb *Table) Len() int {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return len(tb.entries)
}

// drop forgets an entry and closes it once nobody holds it. The caller holds mu.
func (tb *Table) drop(e *entry) {
	if e.dead {
		return
	}
	e.dead = true
	if tb.entries[e.tid] == e {
		delete(tb.entries, e.tid)
	}
	if e.place != nil {
		tb.recent.Remove(e.place)
		e.place = nil
	}
	if e.refs == 0 {
		tb.close(e)
	}
}

// forget drops an entry that was found dead.
func (tb *Table) forget(e *entry) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.drop(e)
}

// unref gives one hold on e back. The caller holds mu.
func (tb *Table) unref(e *entry) {
	e.refs--
	if e.refs == 0 && e.dead {
		tb.close(e)
	}
}

func (tb *Table) close(e *entry) {
	e.closeHandles()
	if e.leader != e && e.leader != nil {
		tb.unref(e.leader)
		e.leader = nil
	}
}
