package tracer

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/callgate/callgate/tracer/proc"
)

// Entering is what a runtime says of a process that it has put into a sandbox
// and that is about to execute the user's program.
type Entering struct {
	// PID is the process in callgate's pid namespace. 0, as crun says of what it
	// executes in a running container: it is the first process that makes an
	// intercepted call, since all others under its filter descend from it.
	PID int
	// ExecSeen: every execve is intercepted. Until the first one the calls of
	// the process are the runtime's own and are let through. Where it is not,
	// nobody would tell when they end, so they are judged like all others.
	ExecSeen bool
	// Entered: it was seen to execute the user's program already, by a
	// predecessor that handed the listener over.
	Entered bool
	// OnEnter is called before the process executes the user's program, so that
	// a successor can be told. It may be nil.
	OnEnter func()
}

// Entry is the way into a sandbox through one filter: the process that the
// runtime put under it. Its parent is the runtime, not one of the user's.
type Entry struct {
	sandbox  *Sandbox
	onEnter  func()
	entering atomic.Bool // it has not executed the user's program yet

	mu   sync.Mutex
	pid  int   // 0: not known yet
	boot int64 // proc.Stat.Boot: ids are used again, a process's id and start are not
}

// Enter announces the process through which a filter's processes come into the
// sandbox. It is called before the filter's listener is served, so that the
// process can't go on to the user's program unobserved.
func (s *Sandbox) Enter(e Entering) *Entry {
	entry := &Entry{sandbox: s, pid: e.PID, onEnter: e.OnEnter}
	entry.entering.Store(e.ExecSeen && !e.Entered)
	switch {
	case e.PID > 0:
		var err error
		if entry.boot, err = proc.StartOf(e.PID); err != nil {
			entry.pid = nobody // who gets its number now is another
		}
	case e.Entered:
		entry.pid = nobody // the first process was seen by the predecessor
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = append(slices.DeleteFunc(s.entries, (*Entry).gone), entry)
	return entry
}

// nobody is the id of an entry's process that is not there any more.
const nobody = -1

// gone reports whether an entry's process has ended.
func (e *Entry) gone() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pid <= 0 {
		return e.pid == nobody
	}
	boot, err := proc.StartOf(e.pid)
	return err != nil || boot != e.boot
}

// first makes a process the entry's when none was announced.
func (e *Entry) first(pid int, boot int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pid == 0 {
		e.pid, e.boot = pid, boot
	}
}

func (e *Entry) is(pid int, boot int64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pid == pid && e.boot == boot
}

// hasEntry reports whether the runtime put a process into the sandbox: then its
// parent is none of the user's.
func (s *Sandbox) hasEntry(pid int, boot int64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.entries, func(e *Entry) bool { return e.is(pid, boot) })
}

// runtimes reports whether a call is the runtime's own: made by the process
// that it announced, before it executes the user's program.
func (e *Entry) runtimes(th *proc.Thread, exec bool) bool {
	if !e.entering.Load() {
		return false
	}
	boot, err := th.Boot()
	if err != nil {
		return false
	}
	if e.first(th.TGID(), boot); !e.is(th.TGID(), boot) {
		return false
	}
	if !exec {
		return true
	}
	if e.onEnter != nil {
		e.onEnter()
	}
	e.entering.Store(false)
	return false
}
