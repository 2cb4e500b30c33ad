package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// section is where linux.seccomp stands in the text of a config.json. Only
// these bytes are replaced: what else stands there, members that this version
// does not know and numbers beyond float64 too, stays as it is.
type section struct {
	start, end int    // of the value, or of the place where it is to be put
	value      []byte // nil when there is none, or null
	before     string // what to write before a value that is put in
	after      string // and behind it
}

// findSeccomp finds the section. A name that stands twice, or in another
// case, is an error: Go's decoder would take the last and any case, C's the
// first and this case only, so that runtimes read different profiles.
func findSeccomp(text []byte) (*section, error) {
	top, err := members(text, 0)
	if err != nil {
		return nil, err
	}
	linux, err := only(top, "linux")
	if err != nil {
		return nil, err
	}
	if linux == nil || isNull(linux.value) {
		return nil, errNoLinux
	}
	inner, err := members(linux.value, linux.start)
	if err != nil {
		return nil, fmt.Errorf("linux: %w", err)
	}
	found, err := only(inner, "seccomp")
	if err != nil {
		return nil, fmt.Errorf("linux: %w", err)
	}
	if found == nil {
		// The first member, right behind the brace.
		s := &section{before: `"seccomp":`}
		s.start = linux.start + bytes.IndexByte(linux.value, '{') + 1
		s.end = s.start
		if len(inner) > 0 {
			s.after = ","
		}
		return s, nil
	}
	s := &section{start: found.start, end: found.start + len(found.value), value: found.value}
	if isNull(found.value) {
		s.value = nil
	}
	return s, nil
}

// replaced is the text with another section.
func (s *section) replaced(text, value []byte) []byte {
	return slices.Concat(text[:s.start], []byte(s.before), value, []byte(s.after), text[s.end:])
}

// member is one of a JSON object's, and where its value starts.
type member struct {
	name  string
	value json.RawMessage
	start int
}

// members are those of the object in text; offset is where text stands.
func members(text []byte, offset int) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	t, err := d.Token()
	if err != nil {
		return nil, noJSON(err)
	}
	if t != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	var all []member
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, noJSON(err)
		}
		m := member{name: t.(string)} // the decoder takes no other in this place
		if err := d.Decode(&m.value); err != nil {
			return nil, noJSON(err)
		}
		m.start = offset + int(d.InputOffset()) - len(m.value)
		all = append(all, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, noJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return all, nil
}

func noJSON(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("it is not JSON: %w", err)
}

// only is the one member of a name, or nil.
func only(all []member, name string) (found *member, err error) {
	for i := range all {
		if !strings.EqualFold(all[i].name, name) {
			continue
		}
		if found != nil || all[i].name != name {
			return nil, fmt.Errorf("%q stands there twice or in another case, and runtimes would read it differently", name)
		}
		found = &all[i]
	}
	return found, nil
}

func isNull(value []byte) bool { return string(value) == "null" }
