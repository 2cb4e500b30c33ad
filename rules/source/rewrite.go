package source

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Edit replaces a part of a file by a text; all that is not replaced stays as it
// is, comments and line ends included.
type Edit struct {
	span
	text string
}

// segment is where a stretch of a rewritten file comes from.
type segment struct {
	at, origin int  // its start here and there
	copied     bool // rune by rune; otherwise all of it stands for origin
}

// Rewrite is the file after some edits, which must not overlap. Positions in it
// are those of the file that it was made of.
func (f *File) Rewrite(edits []Edit) *File {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var runes []rune
	var pieces []segment
	at := 0
	for _, e := range edits {
		if e.from < at {
			continue // overlaps: the first one holds
		}
		pieces = append(pieces, segment{len(runes), at, true})
		runes = append(runes, f.runes[at:e.from]...)
		pieces = append(pieces, segment{len(runes), e.from, false})
		runes = append(runes, []rune(e.text)...)
		at = e.to
	}
	pieces = append(pieces, segment{len(runes), at, true})
	g := newFile(f.Name, f.Set, append(runes, f.runes[at:]...))
	g.origin, g.pieces = f, pieces
	return g
}

// IsRewritten reports whether the file is not as it was read.
func (f *File) IsRewritten() bool { return f.origin != nil }

// original is where in the origin a rune comes from.
func (f *File) original(offset int) int {
	i := sort.Search(len(f.pieces), func(i int) bool { return f.pieces[i].at > offset }) - 1
	p := f.pieces[max(i, 0)]
	if p.copied {
		return p.origin + offset - p.at
	}
	return p.origin
}

// Scalar is a scalar's value, of which parts can be replaced.
type Scalar struct {
	spans []span
	style yaml.Style
}

// Scalar finds where the characters of a scalar's value stand; false when that
// can't be told.
func (f *File) Scalar(n *yaml.Node) (Scalar, bool) {
	s := Scalar{f.spans(n), n.Style}
	return s, len(s.spans) > 0
}

// Replace replaces the characters from and up to to of the value. The text is
// written as the scalar is: with what its quotes want escaped.
func (s Scalar) Replace(from, to int, text string) Edit {
	switch {
	case s.style&yaml.SingleQuotedStyle != 0:
		text = strings.ReplaceAll(text, "'", "''")
	case s.style&yaml.DoubleQuotedStyle != 0:
		text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	}
	return Edit{span{s.spans[from].from, s.spans[to-1].to}, text}
}

// Whole replaces a scalar, its quotes included, by a text as YAML is to read it.
func (f *File) Whole(n *yaml.Node, text string) (Edit, bool) {
	from := f.offset(n.Line, n.Column)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return Edit{}, false
	}
	spans := f.spans(n)
	to := from
	if len(spans) > 0 {
		to = spans[len(spans)-1].to
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		if len(spans) == 0 {
			to++
		}
		to++
	}
	return Edit{span{from, min(to, len(f.runes))}, text}, true
}

// Comment turns lines into comments, except those that are blank, comments
// already, or between documents.
func (f *File) Comment(first, last int) (edits []Edit) {
	indent := 0
	for n := first; n <= last && n <= len(f.lines); n++ {
		text := f.Line(n)
		if trimmed := strings.TrimLeft(text, " "); trimmed != "" && trimmed[0] != '#' && text != "---" && text != "..." {
			if n == first {
				indent = len(text) - len(trimmed)
			}
			at := f.lines[n-1] + min(indent, len(text)-len(trimmed))
			edits = append(edits, Edit{span{at, at}, "# "})
		}
	}
	return edits
}

// Insert puts a text before a position of this file.
func (f *File) Insert(line, column int, text string) Edit {
	at := f.offset(line, column)
	return Edit{span{at, at}, text}
}

// Cut takes out what stands from one position up to another.
func (f *File) Cut(fromLine, fromColumn, toLine, toColumn int) Edit {
	return Edit{span{f.offset(fromLine, fromColumn), f.offset(toLine, toColumn)}, ""}
}

// Lines is the number of lines.
func (f *File) Lines() int { return len(f.lines) }
