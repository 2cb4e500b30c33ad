package tracer

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// maxSearches bounds the threads that are remembered to search for a command.
const maxSearches = 256

// searches remembers, per thread, the last exec that was denied. A shell that
// looks for a command along PATH tries again in the next directory: the same
// thread, the same argv, another path. That is one alert, not one a directory.
type searches struct {
	any  atomic.Bool // some thread is remembered; most commands search for nothing
	mu   sync.Mutex
	last map[int]search
}

// The arguments of execs, as given: what the kernel makes of argv for a script
// names its path.
var (
	execPath = map[string]int{"execve": argument("filename"), "execveat": argument("pathname")}
	execArgs = argument("args")
)

func argument(name string) int {
	id, _ := syscalls.ArgID(name)
	return id
}

type search struct {
	rule, args string
	paths      []string
}

func newSearches() *searches { return &searches{last: make(map[int]search)} }

// repeated notes a denied exec and reports whether it goes on with a search
// whose denial was reported already. The same path a second time is no search.
func (s *searches) repeated(ev *event.Event, rule string) bool {
	tid, path := ev.Thread.TID, ev.Evt.Arg[execPath[ev.Evt.Type]]
	args := path[strings.LastIndexByte(path, '/')+1:] + "\x00" + ev.Evt.Arg[execArgs]
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.last[tid]; ok && l.rule == rule && l.args == args && !slices.Contains(l.paths, path) && len(l.paths) < 64 {
		l.paths = append(l.paths, strings.Clone(path))
		s.last[tid] = l
		return true
	}
	if len(s.last) >= maxSearches {
		clear(s.last)
	}
	s.any.Store(true)
	s.last[tid] = search{strings.Clone(rule), args, []string{strings.Clone(path)}}
	return false
}

// end forgets a thread's search: it does something else.
func (s *searches) end(tid int) {
	if !s.any.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.last, tid)
	s.any.Store(len(s.last) > 0)
}
