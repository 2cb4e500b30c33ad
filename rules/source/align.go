package source

import (
	"strconv"

	"go.yaml.in/yaml/v4"
)

// aligner walks along a scalar as written while its value is spelled out. YAML
// changes blanks only (line ends become spaces, indentation vanishes) and, in
// quotes, escapes: so each other character is the next one that is no blank.
type aligner struct {
	raw    []rune
	at     int
	single bool // in '...'
	double bool // in "..."
}

// start moves to the first character of the content; false when the scalar is
// not where it should be.
func (a *aligner) start(style yaml.Style) bool {
	switch {
	case style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		for a.at < len(a.raw) && a.raw[a.at] != '\n' {
			a.at++
		}
	case style&yaml.SingleQuotedStyle != 0:
		a.single = a.skip('\'')
		return a.single
	case style&yaml.DoubleQuotedStyle != 0:
		a.double = a.skip('"')
		return a.double
	}
	return a.at < len(a.raw)
}

func (a *aligner) skip(r rune) bool {
	if a.at >= len(a.raw) || a.raw[a.at] != r {
		return false
	}
	a.at++
	return true
}

// next is where the value's next character stands.
func (a *aligner) next(r rune) (int, bool) {
	if isBlank(r) {
		return a.blank(r), true
	}
	for a.at < len(a.raw) && (isBlank(a.raw[a.at]) || a.continued()) {
		a.at++
	}
	at := a.at
	switch {
	case at >= len(a.raw):
		return at, false
	case a.double && a.raw[at] == '\\':
		a.at += a.escape()
		return at, true
	case a.raw[at] != r:
		return at, false
	}
	a.at++
	if a.single && r == '\'' {
		a.at++ // written twice
	}
	return at, true
}

// blank is where a blank of the value stands: it may be a run of them.
func (a *aligner) blank(r rune) int {
	at := a.at
	switch {
	case at >= len(a.raw):
	case a.raw[at] == '\r' && r == '\n':
		a.at++
		return a.blank(r)
	case isBlank(a.raw[at]):
		a.at++
	case a.double && a.raw[at] == '\\' && !a.continued():
		a.at += a.escape()
	}
	return min(at, len(a.raw)-1)
}

// continued reports whether a line of a double-quoted scalar ends here in \.
func (a *aligner) continued() bool {
	return a.double && a.raw[a.at] == '\\' && a.at+1 < len(a.raw) && (a.raw[a.at+1] == '\n' || a.raw[a.at+1] == '\r')
}

// escape is the length of the escape sequence here.
func (a *aligner) escape() int {
	if a.at+1 >= len(a.raw) {
		return 1
	}
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[a.raw[a.at+1]]
	end := min(a.at+2+digits, len(a.raw))
	if _, err := strconv.ParseUint(string(a.raw[a.at+2:end]), 16, 64); digits > 0 && err != nil {
		return 2
	}
	return end - a.at
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }
