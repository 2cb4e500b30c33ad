package proc

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// Thread is a hold on one thread. It belongs to one goroutine and ends with
// Release. Its methods return ErrGone when the thread is gone and ErrDenied when
// callgate may not look.
type Thread struct {
	tb     *Table
	e      *entry
	proved bool // known to be the thread that its number names

	argv []string // of Cmdline and Image
	buf  []byte   // of Cmdline and Environ
}

// pin makes a Thread that holds e. The caller holds mu.
func (tb *Table) pin(e *entry, proved bool) *Thread {
	e.refs++
	if n := len(tb.spare); n > 0 {
		t := tb.spare[n-1]
		tb.spare = tb.spare[:n-1]
		t.e, t.proved = e, proved
		return t
	}
	return &Thread{tb: tb, e: e, proved: proved}
}

// Release ends the hold. The Thread may not be used afterwards.
func (t *Thread) Release() {
	if t == nil || t.e == nil {
		return
	}
	t.tb.mu.Lock()
	defer t.tb.mu.Unlock()
	t.tb.unref(t.e)
	t.e = nil
	t.tb.spare = append(t.tb.spare, t)
}

// TID is the thread's id in callgate's pid namespace.
func (t *Thread) TID() int { return t.e.tid }

// TGID is the process's id in callgate's pid namespace.
func (t *Thread) TGID() int { return t.e.tgid }

// Leader is the thread that gives the process its id and name; a hold of its
// own.
func (t *Thread) Leader() (*Thread, error) {
	if err := t.prove(); err != nil {
		return nil, err
	}
	t.tb.mu.Lock()
	defer t.tb.mu.Unlock()
	return t.tb.pin(t.e.leader, true), nil
}

// Parent is the process that st, a fresh Stat of t, names as parent, and its
// name: reading that is what proves the parent. ErrNoParent when it is outside
// of callgate's pid namespace.
func (t *Thread) Parent(a *event.Arena, st Stat) (*Thread, string, error) {
	return t.parent(a, st.PPID, st.read)
}

// parent finds process ppid, which was t's parent when Table.clock was read.
func (t *Thread) parent(a *event.Arena, ppid int, read uint64) (*Thread, string, error) {
	if ppid <= 0 {
		return nil, "", ErrNoParent
	}
	if p := t.tb.cached(ppid); p != nil {
		// Handles that are older than the read and still alive: the number has
		// meant this process all the time.
		if p.e.opened <= read {
			if name, err := p.e.leader.name(a); err == nil {
				p.proved = true
				return p, name, nil
			}
		}
		p.Release()
	}
	p, err := t.tb.open(ppid)
	if err != nil {
		return nil, "", err
	}
	name, err := p.e.leader.name(a)
	if err == nil {
		// Unless it is still the parent, the number may have been reused before
		// it was opened.
		var now int
		if now, err = t.e.leader.ppid(); err == nil && now != ppid {
			err = t.e.errno("open parent", unix.ESRCH)
		}
	}
	if err != nil {
		p.Release()
		return nil, "", err
	}
	return p, name, nil
}

// Name is the process's name: the comm of its leader, at most 15 bytes.
//
// For a thread that is no leader it is enough that its number names a thread of
// the process now, and that the leader's handle lives: that spares the read of
// the thread's own handle, and proves nothing of that one.
func (t *Thread) Name(a *event.Arena) (string, error) {
	if t.e.leader != t.e && !t.proved {
		if inProcess(t.e.tid, t.e.tgid) {
			if name, err := t.e.leader.name(a); err == nil {
				return name, nil
			}
		}
		if err := t.prove(); err != nil {
			return "", err
		}
	}
	name, err := t.e.leader.name(a)
	if t.renew(err) {
		return t.Name(a)
	}
	return name, err
}

// prove makes sure that the handle is of the thread that the number names now.
func (t *Thread) prove() error {
	if t.proved {
		return nil
	}
	if t.e.alive() {
		t.proved = true
		return nil
	}
	err := t.e.errno("read comm", unix.ESRCH)
	if t.renew(err) {
		return nil
	}
	return err
}

// proveUnlessLeader is for reads of the leader, which prove a leader by themselves.
func (t *Thread) proveUnlessLeader() error {
	if t.e.leader == t.e {
		return nil
	}
	return t.prove()
}

// renew is called with the outcome of a read of a handle. When a kept handle
// turns out to be of a thread that is gone, the number may be in use again: renew
// opens it anew and says whether the read is to be repeated.
func (t *Thread) renew(err error) bool {
	if err == nil {
		t.proved = true
		return false
	}
	if !errors.Is(err, ErrGone) {
		return false
	}
	if t.proved {
		t.tb.forget(t.e)
		return false
	}
	fresh, openErr := t.tb.open(t.e.tid)
	if openErr != nil {
		t.tb.forget(t.e)
		return false
	}
	t.e, fresh.e, t.proved = fresh.e, t.e, true
	fresh.Release()
	return true
}

// NameOf is the name of another process, such as a session's leader, by its
// number in callgate's pid namespace. The caller knows that the number is in use.
func (t *Thread) NameOf(a *event.Arena, pid int) (string, error) {
	o, err := t.Other(pid)
	if err != nil {
		return "", err
	}
	defer o.Release()
	return o.Name(a)
}

// Other is a hold on another process, likewise.
func (t *Thread) Other(pid int) (*Thread, error) { return t.tb.Thread(pid) }
