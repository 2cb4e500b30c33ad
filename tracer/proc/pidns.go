package proc

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// maxLevels is the kernel's MAX_PID_NS_LEVEL, and callgate's own.
const maxLevels = 33

// nested are the ids of a process or thread in its pid namespaces, from
// the reader's to its innermost.
type nested struct {
	n  int
	id [maxLevels]int
}

func (s *nested) ids() []int { return s.id[:s.n] }

// nestedIDs reads both lists of a status file.
func nestedIDs(fd int) (tgid, tid nested, ok bool) {
	l := lines{fd: fd, left: statusLimit}
	for tid.n == 0 {
		line, more := l.next()
		if !more {
			return tgid, tid, false
		}
		switch {
		case hasKey(line, "NStgid:"):
			tgid.parse(line[len("NStgid:"):])
		case hasKey(line, "NSpid:"):
			tid.parse(line[len("NSpid:"):])
		}
	}
	return tgid, tid, tgid.n == tid.n
}

func hasKey(line []byte, key string) bool {
	return len(line) >= len(key) && string(line[:len(key)]) == key
}

func (s *nested) parse(line []byte) {
	for s.n < maxLevels {
		word, rest, ok := nextWord(line)
		if !ok {
			return
		}
		if s.id[s.n], ok = parseInt(word); !ok {
			return
		}
		s.n++
		line = rest
	}
}

// procIDs are the thread's numbers in one procfs, which shows one pid
// namespace: callgate's, the thread's, or one in between.
type procIDs struct{ tgid, tid int }

// load finds the thread in the procfs whose root directory is dir. A process
// looks for itself by number: what has the number is the same process when its
// numbers in all deeper namespaces agree.
func (p *procIDs) load(e *entry, dir int) bool {
	fd, err := openat(e.dir, dirStatus.ptr(), unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer closeFD(fd)
	tgid, tid, ok := nestedIDs(fd)
	if !ok {
		return false
	}
	for level := tgid.n - 1; level >= 0; level-- {
		if sameIDs(dir, tgid.ids()[level:]) {
			p.tgid, p.tid = tgid.id[level], tid.id[level]
			return true
		}
	}
	return false
}

// sameIDs: the process with number want[0] in procfs dir has the numbers want.
func sameIDs(dir int, want []int) bool {
	var b [32]byte
	name := append(strconv.AppendInt(b[:0], int64(want[0]), 10), "/status\x00"...)
	fd, err := openat(dir, &name[0], unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer closeFD(fd)
	got, _, ok := nestedIDs(fd)
	if !ok || got.n != len(want) {
		return false
	}
	for i, id := range got.ids() {
		if id != want[i] {
			return false
		}
	}
	return true
}

// SamePIDNamespace says whether the numbers that the thread gives to kill,
// ptrace and their like are callgate's numbers. It says so too when it can't be
// known, so that callgate's own processes are rather recognised once too often.
func (t *Thread) SamePIDNamespace() bool {
	const ns cstr = "ns/pid\x00"
	id, err := namespaceAt(t.e.dir, ns)
	return err != nil || id == t.tb.self.pidNS
}

// TranslatePID finds the process or thread that the thread calls n, in
// callgate's numbers. ErrGone when the thread's namespace has no such number.
func (t *Thread) TranslatePID(n int) (int, error) {
	if err := t.prove(); err != nil {
		return 0, err
	}
	if t.SamePIDNamespace() {
		return n, nil
	}
	fd, err := openat(t.e.dir, dirStatus.ptr(), unix.O_RDONLY)
	if err != nil {
		return 0, t.e.errno("open status", err)
	}
	defer closeFD(fd)
	own, _, ok := nestedIDs(fd)
	if !ok {
		return 0, t.e.errno("parse status", errFormat)
	}
	return t.tb.findNested(t.e, own.n-1, n)
}
