package event

import "unsafe"

// Arena holds the bytes of one event's strings, so that decoding an event
// allocates nothing once the arena has grown to its working size. Strings taken
// from an arena are valid until Reset; whoever keeps one clones it.
type Arena struct{ buf []byte }

// Reset forgets all strings.
func (a *Arena) Reset() { a.buf = a.buf[:0] }

// String is a copy of b in the arena.
func (a *Arena) String(b []byte) string {
	start := a.Mark()
	a.buf = append(a.buf, b...)
	return a.Since(start)
}

// Mark is the place where the next byte goes; Since is the string from a mark
// to here. Between them Append adds pieces.
func (a *Arena) Mark() int { return len(a.buf) }

// Append adds s to the string that is being built.
func (a *Arena) Append(s string) { a.buf = append(a.buf, s...) }

// AppendBytes adds b to the string that is being built.
func (a *Arena) AppendBytes(b []byte) { a.buf = append(a.buf, b...) }

// AppendFunc lets a strconv- or netip-like appender add to the string.
func (a *Arena) AppendFunc(f func([]byte) []byte) { a.buf = f(a.buf) }

// Since is the string that was built since mark.
func (a *Arena) Since(mark int) string {
	if mark == len(a.buf) {
		return ""
	}
	// Growing the buffer later moves it, but this string keeps the old one alive.
	return unsafe.String(&a.buf[mark], len(a.buf)-mark)
}
