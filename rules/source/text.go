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
	spans := p.file.spans(p.node)
	switch {
	case offset < len(spans):
		return p.file.position(spans[offset].from)
	case len(spans) > 0:
		return p.file.position(spans[len(spans)-1].from + 1)
	}
	return p.file.At(p.node.Line, p.node.Column)
}

// span is a part of a file, in runes.
type span struct{ from, to int }

// spans are the parts of the file that became the characters of a scalar's
// value; none when they can't be told.
func (f *File) spans(n *yaml.Node) []span {
	a := aligner{raw: f.runes, at: f.offset(n.Line, n.Column)}
	if !a.start(n.Style) {
		return nil
	}
	var all []span
	for _, r := range n.Value {
		at, ok := a.next(r)
		if !ok {
			return nil
		}
		all = append(all, span{at, a.at})
	}
	return all
}
