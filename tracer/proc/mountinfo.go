package proc

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// mountLimit bounds a mountinfo file; a mount namespace may hold 100,000 mounts.
const mountLimit = 32 << 20

// mount is a line of proc_pid_mountinfo(5), with its escapes undone.
type mount struct {
	id            uint64
	dev           []byte // major:minor
	root, point   []byte
	fsType, super []byte // super: the filesystem's own options, still escaped
}

// findMount is the first mount that want says yes to. An overlay of many layers
// makes a line longer than the scanner's buffer, so a line is gathered whole.
func findMount(dir int, file cstr, want func(*mount) bool) (*mount, bool) {
	fd, err := openat(dir, file.ptr(), unix.O_RDONLY)
	if err != nil {
		return nil, false
	}
	defer closeFD(fd)
	var line []byte
	buf := make([]byte, 8<<10)
	for total := 0; total < mountLimit; {
		n, err := read(fd, buf)
		if err != nil {
			return nil, false
		}
		total += n
		line = append(line, buf[:n]...)
		for {
			end := bytes.IndexByte(line, '\n')
			if end < 0 {
				break
			}
			if m, ok := parseMount(line[:end]); ok && want(&m) {
				return &m, true
			}
			line = line[end+1:]
		}
		if n < len(buf) {
			break
		}
	}
	return nil, false
}

// parseMount parses one line:
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
func parseMount(line []byte) (m mount, ok bool) {
	var word []byte
	for field := range 6 {
		if word, line, ok = nextWord(line); !ok {
			return mount{}, false
		}
		switch field {
		case 0:
			if m.id, ok = parseUint(word, 10); !ok {
				return mount{}, false
			}
		case 2:
			m.dev = word
		case 3:
			m.root = unescape(word)
		case 4:
			m.point = unescape(word)
		}
	}
	for string(word) != "-" { // any number of optional fields
		if word, line, ok = nextWord(line); !ok {
			return mount{}, false
		}
	}
	if m.fsType, line, ok = nextWord(line); !ok {
		return mount{}, false
	}
	// The source, which may be empty, and the options are not split by words.
	if _, line, ok = bytes.Cut(bytes.TrimPrefix(line, []byte{' '}), []byte{' '}); !ok {
		return mount{}, false
	}
	m.super = line
	return m, true
}

// option is the value of one of the filesystem's options.
func (m *mount) option(name string) ([]byte, bool) {
	rest := m.super
	for len(rest) > 0 {
		var opt []byte
		opt, rest, _ = bytes.Cut(rest, []byte{','})
		key, value, ok := bytes.Cut(opt, []byte{'='})
		if ok && string(key) == name {
			return unescape(value), true
		}
	}
	return nil, false
}

// inside turns a name in the thread's root into one in the filesystem.
func (m *mount) inside(name []byte) ([]byte, bool) {
	rel, ok := bytes.CutPrefix(name, bytes.TrimSuffix(m.point, []byte{'/'}))
	if !ok || (len(rel) > 0 && rel[0] != '/') {
		return nil, false
	}
	return append(bytes.TrimSuffix(m.root, []byte{'/'}), rel...), true
}

// unescape undoes the kernel's mangle_path and seq_escape: a backslash and three
// octal digits for what would break the line. A comma within an option is `\,` in
// overlay's own syntax.
func unescape(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return bytes.Clone(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+3 < len(b) {
			if c, ok := parseUint(b[i+1:i+4], 8); ok && c < 256 {
				out = append(out, byte(c))
				i += 3
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}
