package falco

import (
	"fmt"
	"strings"
)

// Error is a mistake in a condition.
type Error struct {
	Offset int // in characters from its start
	Msg    string
}

func (e *Error) Error() string { return fmt.Sprintf("character %d: %s", e.Offset+1, e.Msg) }

// scanner reads the tokens of a condition. What a token is depends on where it
// stands: the value after an operator may be written with nearly any character,
// a field may not.
type scanner struct {
	text  []rune
	at    int
	depth int
}

func (s *scanner) fail(at int, format string, args ...any) error {
	return &Error{at, fmt.Sprintf(format, args...)}
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

func isLetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

func isWord(r rune) bool { return isLetter(r) || '0' <= r && r <= '9' || r == '_' }

// isBare reports whether a character may stand in a value without quotes.
func isBare(r rune) bool { return !isBlank(r) && !strings.ContainsRune(`()"'=,`, r) }

func (s *scanner) blanks() {
	for s.at < len(s.text) && isBlank(s.text[s.at]) {
		s.at++
	}
}

// peek is the next character, 0 at the end.
func (s *scanner) peek() rune {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) char(r rune) bool {
	if s.peek() != r {
		return false
	}
	s.at++
	return true
}

// run takes the characters for which ok holds.
func (s *scanner) run(ok func(rune) bool) string {
	from := s.at
	for s.at < len(s.text) && ok(s.text[s.at]) {
		s.at++
	}
	return string(s.text[from:s.at])
}

// keyword takes a word if it stands here and ends here.
func (s *scanner) keyword(word string) bool {
	end := s.at + len(word)
	if end > len(s.text) || string(s.text[s.at:end]) != word || end < len(s.text) && isWord(s.text[end]) {
		return false
	}
	s.at = end
	return true
}

// name takes an identifier, or with dots the name of a field.
func (s *scanner) name() string {
	if !isLetter(s.peek()) {
		return ""
	}
	from := s.at
	s.run(isWord)
	for s.at+1 < len(s.text) && s.text[s.at] == '.' && isLetter(s.text[s.at+1]) {
		s.at++
		s.run(isWord)
	}
	return string(s.text[from:s.at])
}

// quoted takes a text in quotes.
func (s *scanner) quoted() (Value, error) {
	from, quote := s.at, s.peek()
	s.at++
	var text strings.Builder
	for s.at < len(s.text) {
		r := s.text[s.at]
		s.at++
		switch r {
		case quote:
			return Value{text.String(), true, Span{from, s.at}}, nil
		case '\\':
			r, err := s.escape(quote)
			if err != nil {
				return Value{}, err
			}
			text.WriteRune(r)
		default:
			text.WriteRune(r)
		}
	}
	return Value{}, s.fail(from, "the quote that begins here has no end")
}

var escapes = map[rune]rune{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', '\\': '\\', '/': '/'}

// escape reads what follows a backslash. Before a space it is a backslash: an
// old rule writes it so, and Falco keeps reading it.
func (s *scanner) escape(quote rune) (rune, error) {
	at, r := s.at-1, s.peek()
	s.at++
	switch escaped, ok := escapes[r]; {
	case ok:
		return escaped, nil
	case r == ' ':
		return '\\', nil
	case r == quote:
		return r, nil
	}
	return 0, s.fail(at, `\%c is no escape in a text in %c`, r, quote)
}

// bare takes a value without quotes.
func (s *scanner) bare() (Value, bool) {
	from := s.at
	text := s.run(isBare)
	return Value{text, false, Span{from, s.at}}, text != ""
}

// value takes a literal.
func (s *scanner) value() (Value, error) {
	s.blanks()
	if s.peek() == '"' || s.peek() == '\'' {
		return s.quoted()
	}
	if v, ok := s.bare(); ok {
		return v, nil
	}
	return Value{}, s.fail(s.at, "%s where a value is expected", s.here())
}

// here describes what stands at the present place.
func (s *scanner) here() string {
	if s.at >= len(s.text) {
		return "the condition ends"
	}
	word := string(s.text[s.at])
	if isBare(s.text[s.at]) {
		at := s.at
		word = s.run(isBare)
		s.at = at
	}
	return fmt.Sprintf("%q stands", word)
}
