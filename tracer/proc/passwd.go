package proc

import (
	"bytes"
	"math"

	"golang.org/x/sys/unix"
)

// nameMaxLen is longer than any name that useradd(8) makes.
const nameMaxLen = 64

// findID is the name in the first well-formed line "name:password:id:..." with
// that id, as getpwuid(3) and getgrgid(3) find it; "" if there is none.
func findID(l *lines, id uint32) string {
	for {
		line, more := l.next()
		if !more {
			return ""
		}
		name, rest, _ := bytes.Cut(line, []byte{':'})
		_, rest, _ = bytes.Cut(rest, []byte{':'})
		number, _, ok := bytes.Cut(rest, []byte{':'})
		if !ok || !validName(name) {
			continue
		}
		if n, ok := parseUint(number, 10); ok && n == uint64(id) {
			return string(name)
		}
	}
}

// validName keeps out of alerts what no user is called: the file may be written
// to forge them.
func validName(name []byte) bool {
	if len(name) == 0 || len(name) > nameMaxLen || name[0] == '-' {
		return false
	}
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case bytes.IndexByte([]byte("_-.@$+\\"), c) >= 0:
		default:
			return false
		}
	}
	return true
}

// toNamespace translates an id of callgate's user namespace to the thread's.
// ok is false when it has none there.
func (t *Thread) toNamespace(file cstr, id int) (inner uint32, ok bool, err error) {
	if id < 0 || id > math.MaxUint32-1 {
		return 0, false, nil
	}
	user, err := namespaceAt(t.e.dir, nsUser)
	if err != nil {
		return 0, false, t.e.errno("read user namespace", err)
	}
	if user == t.tb.self.userNS {
		// The file would show the parent namespace's ids: see user_namespaces(7).
		return uint32(id), true, nil
	}
	fd, err := openat(t.e.dir, file.ptr(), unix.O_RDONLY)
	if err != nil {
		return 0, false, t.e.errno("open id map", err)
	}
	defer closeFD(fd)
	inner, ok = mapID(&lines{fd: fd, left: 64 << 10}, uint32(id))
	return inner, ok, nil
}

// mapID finds id in a map of lines "inside outside count".
func mapID(l *lines, id uint32) (inner uint32, ok bool) {
	for {
		line, more := l.next()
		if !more {
			return 0, false
		}
		var inside, outside, count int
		if !numbers(line, &inside, &outside, &count) {
			continue
		}
		if at := int(id) - outside; outside != math.MaxUint32 && at >= 0 && at < count && inside+at < math.MaxUint32 {
			return uint32(inside + at), true
		}
	}
}
