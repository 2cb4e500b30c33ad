// Package source reads rule files and knows where in them things stand: every
// mistake is reported at its line and column, also inside a condition that YAML
// has folded over several lines.
package source

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxFile is the largest rule file in bytes.
const MaxFile = 1 << 20

// Position is a place in a rule file; lines and columns count from 1, columns
// in characters.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// File is one rule file.
type File struct {
	Name  string
	Set   string // the embedded set, "" for a user's file
	runes []rune
	lines []int // where each line begins, in runes

	origin *File     // of which this is a rewriting, nil for a file as it was read
	pieces []segment // where in the origin its text comes from
}

// NewFile makes a File of its content, or reports why it can't be a rule file.
func NewFile(name, set string, content []byte) (*File, *Mistake) {
	at := func(format string, args ...any) *Mistake {
		return &Mistake{Position: Position{name, 1, 1}, Msg: fmt.Sprintf(format, args...)}
	}
	switch {
	case len(content) > MaxFile:
		return nil, at("file is too long: the limit is %d bytes", MaxFile)
	case bytes.IndexByte(content, 0) >= 0 || !utf8.Valid(content):
		return nil, at("file is not a text in UTF-8")
	}
	return newFile(name, set, []rune(string(content))), nil
}

func newFile(name, set string, runes []rune) *File {
	f := &File{Name: name, Set: set, runes: runes, lines: []int{0}}
	for i, r := range f.runes {
		if r == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// Content is the file's text.
func (f *File) Content() string { return string(f.runes) }

// At is a position, moved into the file when it lies outside: YAML says that
// what is missing stands behind the end. In a rewritten file it is the place in
// the file that the user has.
func (f *File) At(line, column int) Position { return f.position(f.offset(line, column)) }

// offset is where a position is in the runes, cut to the file's end.
func (f *File) offset(line, column int) int {
	if line < 1 || line > len(f.lines) {
		return len(f.runes)
	}
	return min(f.lines[line-1]+max(column-1, 0), len(f.runes))
}

// position is the inverse of offset.
func (f *File) position(offset int) Position {
	if f.origin != nil {
		return f.origin.position(f.original(offset))
	}
	line := len(f.lines)
	for line > 1 && f.lines[line-1] > offset {
		line--
	}
	return Position{f.Name, line, offset - f.lines[line-1] + 1}
}

// line is the text of a line, without its end.
func (f *File) line(n int) []rune {
	if n < 1 || n > len(f.lines) {
		return nil
	}
	end := len(f.runes)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	return []rune(strings.TrimSuffix(string(f.runes[f.lines[n-1]:end]), "\r"))
}

// IsBlank reports whether nothing stands in a line, or there is no such line.
func (f *File) IsBlank(line int) bool { return strings.TrimSpace(string(f.line(line))) == "" }

// Mistake reports what is wrong at a position.
func (f *File) Mistake(p Position, format string, args ...any) *Mistake {
	for f.origin != nil {
		f = f.origin
	}
	return &Mistake{Position: p, Msg: fmt.Sprintf(format, args...), line: f.line(p.Line)}
}

// Line is the text of a line, without its end; "" where there is none.
func (f *File) Line(n int) string { return string(f.line(n)) }
