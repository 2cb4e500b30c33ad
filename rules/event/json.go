package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// AppendJSON appends what is known of an event as a JSON object, by the fields'
// names and in their order: numbers, booleans and texts; an indexed field as an
// array, in which null stands for what is not known between known elements, the
// environment as an array of NAME=value, and the mounts, under
// container.mount.dest, as an array of [SOURCE, DESTINATION]. A text that is not
// UTF-8 is an object {"base64": "…"}, so that nothing is lost.
func (e *Event) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	start := len(b)
	put := func(name string, value []byte) {
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		b = append(b, value...)
	}
	var value []byte
	for _, f := range fields {
		if f.alias || f.ends != nil || f.Instead != "" {
			continue // what they tell stands under other names
		}
		r := Ref{Field: f, Index: -1}
		switch f.Index {
		case NameIndex:
			for id := range syscalls.NumArgs {
				r.Index, r.Key = id, syscalls.ArgName(id)
				if v, ok := r.Value(e); ok {
					value = appendValue(value[:0], v)
					put(r.String(), value)
				}
			}
			continue
		case IntIndex:
			value = appendElements(value[:0], r, e)
		case KeyIndex:
			switch f.Name {
			case env:
				value = appendBlock(value[:0], e.Proc.EnvBlk, 1)
			case mounts:
				value = appendBlock(value[:0], e.Container.MountBlk, 2)
			default:
				continue // the mounts, looked up the other way
			}
		case NoIndex:
			v, ok := r.Value(e)
			if !ok {
				continue
			}
			value = appendValue(value[:0], v)
		}
		if len(value) > 0 {
			put(f.Name, value)
		}
	}
	return append(b, '}')
}

// appendElements appends the elements of an indexed field up to the last that is
// known, nothing when none is.
func appendElements(b []byte, r Ref, e *Event) []byte {
	known := 0
	for i := range Depth {
		r.Index = i
		if _, ok := r.Value(e); ok {
			known = i + 1
		}
	}
	for i := range known {
		b = append(b, "[,"[min(i, 1)])
		r.Index = i
		v, _ := r.Value(e)
		b = appendValue(b, v)
	}
	if known > 0 {
		b = append(b, ']')
	}
	return b
}

// appendBlock appends NUL-separated texts, in groups of so many.
func appendBlock(b []byte, block string, group int) []byte {
	for i := 0; block != ""; i++ {
		b = append(b, "[,"[min(i, 1)])
		var v string
		for j := range group {
			if group > 1 {
				b = append(b, "[,"[min(j, 1)])
			}
			v, block, _ = strings.Cut(block, "\x00")
			b = appendText(b, v)
		}
		if group > 1 {
			b = append(b, ']')
		}
	}
	if len(b) > 0 {
		b = append(b, ']')
	}
	return b
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		if v == "" {
			return append(b, "null"...)
		}
		return appendText(b, v)
	case int:
		if v == Missing {
			return append(b, "null"...)
		}
		return strconv.AppendInt(b, int64(v), 10)
	default:
		return strconv.AppendBool(b, v.(bool))
	}
}

func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, `{"base64":"`...)
		return append(base64.StdEncoding.AppendEncode(b, []byte(s)), `"}`...)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text and a buffer can't fail
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// ReadJSON sets the fields that an object of AppendJSON's form has; null leaves
// one as it is. The error is an *UnknownFieldError, or names the field whose
// value has another type.
func (e *Event) ReadJSON(object []byte) error {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var values map[string]any
	if err := d.Decode(&values); err != nil {
		return fmt.Errorf("read event: %w", err)
	}
	return e.SetAll(values)
}

// maxMistakes bounds the search for names that resemble unknown ones: an object of
// a recording from elsewhere can have a million.
const maxMistakes = 32

// SetAll sets fields by name: to a string, an integer or a bool, an indexed one
// to a slice. Numbers may be of any integer type or a json.Number; nil leaves a
// field as it is. The error has all mistakes, or so many that the rest are not
// looked for.
func (e *Event) SetAll(values map[string]any) error {
	var errs []error
	for name, v := range values {
		r, err := Lookup(name)
		if err == nil && v != nil {
			err = r.Set(e, v)
		}
		if err != nil {
			errs = append(errs, err)
		}
		if len(errs) == maxMistakes {
			break
		}
	}
	return errors.Join(errs...)
}
