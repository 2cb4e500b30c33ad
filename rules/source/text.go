package source

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Text is a text that stands in rule files, in one piece or (with append) in
// several, and knows where each of its characters stands.
type Text struct{ pieces []piece }

type piece struct {
	file *File
	node *yaml.Node
}

// NewText is the text of a scalar node.
func NewText(f *File, n *yaml.Node) Text { return Text{[]piece{{f, n}}} }

// Append joins two texts by a space.
func (t Text) Append(u Text) Text {
	return Text{append(t.pieces[:len(t.pieces):len(t.pieces)], u.pieces...)}
}

// IsZero reports whether there is no text at all.
func (t Text) IsZero() bool { return len(t.pieces) == 0 }

// String is the text's value.
func (t Text) String() string {
	var s string
	for i, p := range t.pieces {
		if i > 0 {
			s += " "
		}
		s += p.node.Value
	}
	return s
}

// Mistake reports what is wrong at a character of the text's value.
func (t Text) Mistake(offset int, format string, args ...any) *Mistake {
	for i, p := range t.pieces {
		n := utf8.RuneCountInString(p.node.Value)
		if offset <= n || i == len(t.pieces)-1 {
			return p.file.Mistake(p.locate(offset), format, args...)
		}
		offset -= n + 1
	}
	return &Mistake{Msg: "text without a place"}
}

// locate finds the character of the file that became a character of the value.
func (p piece) locate(offset int) Position {
	a := aligner{raw: p.file.runes, at: p.file.offset(p.node.Line, p.node.Column)}
	if !a.start(p.node.Style) {
		return p.file.At(p.node.Line, p.node.Column)
	}
	last := a.at
	for i, r := range []rune(p.node.Value) {
		at, ok := a.next(r)
		if !ok {
			return p.file.At(p.node.Line, p.node.Column)
		}
		if i == offset {
			return p.file.position(at)
		}
		last = at + 1
	}
	return p.file.position(last)
}
