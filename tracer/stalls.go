package tracer

import (
	"errors"
	"sync"
	"sync/atomic"
)

// errStalled: a thread of callgate that waits for a page or a file of the
// caller's can't be called back (userfaultfd(2), FUSE), so there must not be
// many.
var errStalled = errors.New("reading the caller's memory or files does not come to an end")

const (
	stallsOfProcess = 4
	stallsOfSandbox = 128
)

// stalls counts the decisions of a sandbox that are stuck in reading.
type stalls struct {
	all       atomic.Int32
	mu        sync.Mutex
	processes map[int]int
}

func (s *stalls) add(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.processes == nil {
		s.processes = make(map[int]int)
	}
	s.processes[pid]++
	s.all.Add(1)
}

func (s *stalls) remove(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.processes[pid]--; s.processes[pid] == 0 {
		delete(s.processes, pid)
	}
	s.all.Add(-1)
}

// full reports whether no more of a process's memory and files may be read.
func (s *stalls) full(pid int) bool {
	all := s.all.Load()
	if all == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return all >= stallsOfSandbox || s.processes[pid] >= stallsOfProcess
}
