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

// load finds the thread in the procfs whose root directory is dir.
func (p *procIDs) load(tb *Table, e *entry, dir int) bool {
	var st unix.Stat_t
	if unix.Fstat(dir, &st) == nil && st.Dev == tb.self.procDev {
		p.tgid, p.tid = e.tgid, e.tid
		return true
	}
	fd, err := openat(e.dir, dirStatus.ptr(), unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer closeFD(fd)
	tgid, tid, ok := nestedIDs(fd)
	if !ok {
		return false
	}
	ns, err := namespaceAt(e.dir, nsPID)
	if err != nil {
		return false
	}
	for level := tgid.n - 1; level >= 0; level-- {
		if isProcess(dir, tgid.id[level], ns, tgid.id[tgid.n-1]) {
			p.tgid, p.tid = tgid.id[level], tid.id[level]
			return true
		}
	}
	return false
}

// isProcess: number n of procfs dir is the process that is number inner of pid
// namespace ns, which no other is.
func isProcess(dir, n int, ns fileID, inner int) bool {
	var b [32]byte
	name := append(strconv.AppendInt(b[:0], int64(n), 10), 0)
	proc, err := openat(dir, &name[0], unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return false
	}
	defer closeFD(proc)
	if got, err := namespaceAt(proc, nsPID); err != nil || got != ns {
		return false
	}
	fd, err := openat(proc, dirStatus.ptr(), unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer closeFD(fd)
	ids, _, ok := nestedIDs(fd)
	return ok && ids.id[ids.n-1] == inner
}

// SamePIDNamespace says whether the numbers that the thread gives to kill,
// ptrace and their like are callgate's numbers. It says so too when it can't be
// known, so that callgate's own processes are rather recognised once too often.
func (t *Thread) SamePIDNamespace() bool {
	id, err := namespaceAt(t.e.dir, nsPID)
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
