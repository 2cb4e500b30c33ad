package proc

import "bytes"

// nextWord is the next word of a line of numbers, and what follows it.
func nextWord(b []byte) (word, rest []byte, ok bool) {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	end := bytes.IndexAny(b, " \t\n")
	if end < 0 {
		end = len(b)
	}
	return b[:end], b[end:], end > 0
}

// parseUint parses a whole word in base 8, 10 or 16; the strconv functions take
// strings, and make errors that nobody reads.
func parseUint(word []byte, base uint64) (n uint64, ok bool) {
	if len(word) == 0 || len(word) > 22 {
		return 0, false
	}
	for _, c := range word {
		var d uint64
		switch {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'a' <= c && c <= 'f':
			d = uint64(c-'a') + 10
		default:
			return 0, false
		}
		if d >= base || n > (1<<64-1-d)/base {
			return 0, false
		}
		n = n*base + d
	}
	return n, true
}

// parseInt parses a decimal C int or long.
func parseInt(word []byte) (int, bool) {
	neg := len(word) > 0 && word[0] == '-'
	if neg {
		word = word[1:]
	}
	n, ok := parseUint(word, 10)
	if !ok || n > 1<<63-1 {
		return 0, false
	}
	if neg {
		return -int(n), true
	}
	return int(n), true
}

// lines hands out the lines of a file that is read through one fixed buffer:
// a line that is longer than the buffer (65,536 supplementary groups make one of
// 700 KiB) is cut, the next one is whole.
type lines struct {
	fd         int
	left       int // bytes that may still be read
	start, end int
	eof        bool
	skip       bool // in the rest of a line that was cut
	buf        [4096]byte
}

// next is valid until the next call; false at the end of the file, on an error
// and when the file's bound is reached.
func (l *lines) next() (line []byte, ok bool) {
	for {
		if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
			line = l.buf[l.start : l.start+i]
			l.start += i + 1
			if l.skip {
				l.skip = false
				continue
			}
			return line, true
		}
		full := l.start == 0 && l.end == len(l.buf)
		if full || l.eof {
			line, cut := l.buf[l.start:l.end], l.skip
			l.start, l.end, l.skip = 0, 0, full
			if !cut && len(line) > 0 {
				return line, true
			}
			if l.eof {
				return nil, false
			}
			continue
		}
		l.fill()
	}
}

func (l *lines) fill() {
	l.end = copy(l.buf[:], l.buf[l.start:l.end])
	l.start = 0
	room := l.buf[l.end:min(len(l.buf), l.end+l.left)]
	n, err := read(l.fd, room)
	l.end += n
	l.left -= n
	l.eof = err != nil || n < len(room) || l.left <= 0
}
