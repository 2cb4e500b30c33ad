package proc

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// statusLimit bounds a status file; the line of groups makes most of it.
const statusLimit = 2 << 20

// Status are the credentials of one thread, and its ids in its own namespace.
type Status struct {
	TGID int
	// VPID and VTID are the ids of process and thread in their innermost pid
	// namespace.
	VPID, VTID int
	// UID, GID are the effective ids, as seen from callgate's user namespace.
	UID, GID int
	// RUID and FSUID complete them: the user who started the program, and the
	// one that file access is checked for.
	RUID, FSUID, FSGID int
	Caps               Caps
}

// Caps are sets of capabilities, bit n for capability n.
type Caps struct{ Effective, Permitted, Inheritable uint64 }

// Status reads the thread's credentials: from /proc/TID/status, or where the
// kernel has a cheaper way, by that.
func (t *Thread) Status() (Status, error) {
	if err := t.prove(); err != nil {
		return Status{}, err
	}
	if st, ok := t.e.quickStatus(); ok {
		return st, nil
	}
	st, err := t.e.readStatus()
	if err == nil {
		t.e.setIDs(st)
	}
	return st, err
}

func (e *entry) readStatus() (Status, error) {
	fd, err := openat(e.dir, dirStatus.ptr(), unix.O_RDONLY)
	if err != nil {
		return Status{}, e.errno("open status", err)
	}
	defer closeFD(fd)
	st, ok := parseStatus(&lines{fd: fd, left: statusLimit})
	if !ok {
		// A thread that dies in between leaves an empty file.
		if !e.alive() {
			return Status{}, e.errno("read status", unix.ESRCH)
		}
		return Status{}, e.errno("parse status", errFormat)
	}
	return st, nil
}

// statusKeys are the lines that a Status is made of; all must be there.
const statusKeys = 8

// parseStatus parses proc_pid_status(5). The kernel escapes newlines in the
// name, so a line is a line.
func parseStatus(l *lines) (st Status, ok bool) {
	found := 0
	for {
		line, more := l.next()
		if !more {
			return st, found == statusKeys
		}
		key, value, is := bytes.Cut(line, []byte{':'})
		if !is {
			continue
		}
		known, good := st.set(key, value)
		if known {
			found++
		}
		if !good {
			return Status{}, false
		}
	}
}

func (st *Status) set(key, value []byte) (known, ok bool) {
	switch string(key) {
	case "Tgid":
		ok = numbers(value, &st.TGID)
	case "Uid":
		ok = numbers(value, &st.RUID, &st.UID, nil, &st.FSUID)
	case "Gid":
		ok = numbers(value, nil, &st.GID, nil, &st.FSGID)
	case "NStgid":
		st.VPID, ok = lastNumber(value)
	case "NSpid":
		st.VTID, ok = lastNumber(value)
	case "CapInh":
		st.Caps.Inheritable, ok = capSet(value)
	case "CapPrm":
		st.Caps.Permitted, ok = capSet(value)
	case "CapEff":
		st.Caps.Effective, ok = capSet(value)
	default:
		return false, true
	}
	return true, ok
}

// numbers stores the line's numbers; nil skips one.
func numbers(line []byte, dst ...*int) bool {
	for _, d := range dst {
		word, rest, ok := nextWord(line)
		if !ok {
			return false
		}
		line = rest
		n, ok := parseInt(word)
		if !ok {
			return false
		}
		if d != nil {
			*d = n
		}
	}
	return true
}

// lastNumber is the innermost of the ids in nested namespaces.
func lastNumber(line []byte) (int, bool) {
	n, found := 0, false
	for {
		word, rest, ok := nextWord(line)
		if !ok {
			return n, found
		}
		if n, ok = parseInt(word); !ok {
			return 0, false
		}
		line, found = rest, true
	}
}

func capSet(line []byte) (uint64, bool) {
	word, _, ok := nextWord(line)
	if !ok {
		return 0, false
	}
	return parseUint(word, 16)
}
