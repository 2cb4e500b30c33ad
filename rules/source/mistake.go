package source

import (
	"strings"
	"unicode"
)

// Mistake is one error in a rule file.
type Mistake struct {
	Position
	Msg  string
	line []rune
}

// Error is "file:line:column: message", followed by the line and a caret below
// the place.
func (m *Mistake) Error() string {
	head := m.Position.String() + ": " + m.Msg
	if len(m.line) == 0 {
		return head
	}
	line, column := m.window()
	var b strings.Builder
	b.WriteString(head + "\n    ")
	for _, r := range line {
		b.WriteRune(printable(r))
	}
	b.WriteString("\n    ")
	for _, r := range line[:column] {
		if r == '\t' {
			b.WriteByte('\t') // as wide as the one above
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteByte('^')
	return b.String()
}

// window cuts a long line to what surrounds the place.
func (m *Mistake) window() ([]rune, int) {
	const before, width = 100, 160
	column := min(max(m.Column-1, 0), len(m.line))
	start := max(0, column-before)
	end := min(len(m.line), start+width)
	return m.line[start:end], column - start
}

func printable(r rune) rune {
	if r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return '\u00b7'
}

// Mistakes are all errors of all files, in the order of the files.
type Mistakes []*Mistake

// Error has one mistake after the other.
func (m Mistakes) Error() string {
	texts := make([]string, len(m))
	for i := range m {
		texts[i] = m[i].Error()
	}
	return strings.Join(texts, "\n")
}
