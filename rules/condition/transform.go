package condition

import (
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// transformer makes one text of another; false where there is none. It is
// Falco's of the same name.
type transformer struct {
	apply func(string, *event.Scratch) (string, bool)
	fold  func(string) string // the same, where it only changes letters
}

var transformers = map[string]transformer{
	"tolower":  {letters('A', 'Z'), strings.ToLower},
	"toupper":  {letters('a', 'z'), strings.ToUpper},
	"basename": {func(s string, _ *event.Scratch) (string, bool) { return s[strings.LastIndexByte(s, '/')+1:], true }, nil},
	"b64":      {fromBase64, nil},
}

// letters changes the case of ASCII letters from first to last: as C's tolower
// and toupper do in the locale in which Falco runs.
func letters(first, last byte) func(string, *event.Scratch) (string, bool) {
	return func(s string, scratch *event.Scratch) (string, bool) {
		i := 0
		for i < len(s) && (s[i] < first || s[i] > last) {
			i++
		}
		if i == len(s) {
			return s, true
		}
		return appended(scratch, func(b []byte) []byte {
			b = append(b, s[:i]...)
			for ; i < len(s); i++ {
				if c := s[i]; first <= c && c <= last {
					b = append(b, c^0x20)
				} else {
					b = append(b, c)
				}
			}
			return b
		}), true
	}
}

func appended(s *event.Scratch, f func([]byte) []byte) string {
	m := s.Mark()
	s.AppendFunc(f)
	return s.Since(m)
}

// fromBase64 decodes the standard alphabet, with or without padding. As in Falco,
// blanks are no part of it, and bits that are left over must be zero.
func fromBase64(s string, scratch *event.Scratch) (string, bool) {
	for range 2 {
		s = strings.TrimSuffix(s, "=")
	}
	valid := len(s)%4 != 1
	decoded := appended(scratch, func(b []byte) []byte {
		var bits, n uint
		for i := 0; i < len(s) && valid; i++ {
			d := strings.IndexByte(alphabet, s[i])
			valid = d >= 0
			bits, n = bits<<6|uint(max(d, 0)), n+6
			if n >= 8 {
				n -= 8
				b = append(b, byte(bits>>n)) //nolint:gosec // the low eight bits are meant
			}
		}
		valid = valid && bits&(1<<n-1) == 0
		return b
	})
	return decoded, valid
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// transformed applies a transformer to a value; to each of several.
func transformed(name string, of *value) *value {
	t := transformers[name]
	v := combine(name+"("+of.name+")", of)
	if of.texts != nil {
		v.texts = func(e *event.Event, s *event.Scratch) ([]string, bool) {
			all, ok := of.texts(e, s)
			start := len(s.Texts)
			for _, text := range all {
				if made, ok := t.apply(text, s); ok {
					s.Texts = append(s.Texts, made)
				}
			}
			return s.Texts[start:], ok && len(s.Texts) > start
		}
		return v
	}
	if of.depth == 0 {
		v.fold = t.fold
	}
	v.text = func(e *event.Event, s *event.Scratch) (string, bool) {
		text, ok := of.text(e, s)
		if !ok {
			return "", false
		}
		return t.apply(text, s)
	}
	return v
}

// length is len: the bytes of a text, or the number of several.
func length(of *value) *value {
	v := combine("len("+of.name+")", of)
	v.number = func(e *event.Event, s *event.Scratch) (int, bool) {
		if of.texts != nil {
			all, ok := of.texts(e, s)
			return len(all), ok
		}
		text, ok := of.text(e, s)
		return len(text), ok
	}
	return v
}

// concat is all parts behind each other; missing when one of them is.
func concat(parts []*value) *value {
	v := combine("concat("+namesOf(parts)+")", parts...)
	v.text = func(e *event.Event, s *event.Scratch) (string, bool) {
		return concatenate(e, s, parts, "")
	}
	return v
}

// concatenate reads all parts before it writes, since they may need the scratch
// themselves.
func concatenate(e *event.Event, s *event.Scratch, parts []*value, separator string) (string, bool) {
	all, ok := textsOf(e, s, parts)
	if !ok {
		return "", false
	}
	return joined(s, all, separator), true
}

// textsOf are the texts of some values, numbers in decimal.
func textsOf(e *event.Event, s *event.Scratch, parts []*value) ([]string, bool) {
	var all [maxParts]string
	for i, part := range parts {
		var text string
		var ok bool
		if part.number != nil {
			var n int
			n, ok = part.number(e, s)
			text = appended(s, func(b []byte) []byte { return strconv.AppendInt(b, int64(n), 10) })
		} else {
			text, ok = part.text(e, s)
		}
		if !ok {
			return nil, false
		}
		all[i] = text
	}
	start := len(s.Texts)
	s.Texts = append(s.Texts, all[:len(parts)]...)
	return s.Texts[start:], true
}

func joined(s *event.Scratch, texts []string, separator string) string {
	m := s.Mark()
	for i, text := range texts {
		if i > 0 {
			s.Append(separator)
		}
		s.Append(text)
	}
	return s.Since(m)
}

// join is the texts of a list with a separator between them.
func join(separator string, list *value) *value {
	v := combine("join("+strconv.Quote(separator)+", "+list.name+")", list)
	v.text = func(e *event.Event, s *event.Scratch) (string, bool) {
		all, ok := list.texts(e, s)
		if !ok {
			return "", false
		}
		return joined(s, all, separator), true
	}
	return v
}

// tuple is several values as one list; missing when one of them is.
func tuple(parts []*value) *value {
	v := combine("["+namesOf(parts)+"]", parts...)
	v.texts = func(e *event.Event, s *event.Scratch) ([]string, bool) { return textsOf(e, s, parts) }
	return v
}

func namesOf(values []*value) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.name
	}
	return strings.Join(names, ", ")
}
