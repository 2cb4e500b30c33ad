package proc

import "bytes"

// bprmSize is BINPRM_BUF_SIZE: how much of a file the kernel looks at.
const bprmSize = 256

// shebang is the first line of a script.
type shebang struct {
	interp, arg []byte
	hasArg      bool
}

// parseShebang reads the line as binfmt_script does. script is false when the
// file doesn't begin with "#!"; a line without a whole interpreter name has none.
//
// The rules are old and odd: blanks around the name are skipped, all that follows
// it is one argument, without the blanks at its end, but with them (or empty) when
// the file ends without a newline; a name ends at a NUL too. In a line that is
// longer than the kernel looks, the name must end within what it sees, but the
// argument may be cut.
func parseShebang(head []byte) (line shebang, script bool) {
	if !bytes.HasPrefix(head, []byte("#!")) {
		return shebang{}, false
	}
	// What lies behind the end of a short file counts as NULs.
	var buf [bprmSize]byte
	copy(buf[:], head)
	text := cStringOf(buf[2:])
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	} else {
		i := bytes.IndexFunc(buf[2:], notBlank)
		if i < 0 || !bytes.ContainsAny(buf[2+i:], " \t\x00") {
			return shebang{}, true
		}
		text = buf[2 : bprmSize-1] // the last byte is kept for a NUL
	}
	text = bytes.TrimRight(text, " \t")
	text = bytes.TrimLeft(text, " \t")
	sep := bytes.IndexAny(text, " \t\x00")
	if sep < 0 {
		line.interp = bytes.Clone(text)
		return line, true
	}
	line.interp = bytes.Clone(text[:sep])
	if text[sep] != 0 {
		line.arg = bytes.Clone(cStringOf(bytes.TrimLeft(text[sep:], " \t")))
		line.hasArg = true
	}
	return line, true
}

func notBlank(r rune) bool { return r != ' ' && r != '\t' }

// cStringOf is b up to its first NUL.
func cStringOf(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}

// isELF: the kernel's loader would take the file. The machine is not checked:
// which ones run depends on the kernel's configuration.
func isELF(head []byte) bool {
	const typeAt, exec, dyn = 16, 2, 3
	if len(head) < typeAt+2 || !bytes.HasPrefix(head, []byte("\x7fELF")) {
		return false
	}
	typ := int(head[typeAt]) | int(head[typeAt+1])<<8
	return typ == exec || typ == dyn
}
