package event

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Template is a compiled output text.
type Template struct {
	source string
	parts  []part
	needs  Need
}

// part is a piece of text followed by a field, or just the last text.
type part struct {
	text string
	ref  Ref // Field nil: none
}

// TemplateError is a mistake in an output text.
type TemplateError struct {
	Offset int // in characters
	Msg    string
}

func (e *TemplateError) Error() string { return fmt.Sprintf("column %d: %s", e.Offset+1, e.Msg) }

// TemplateErrors are all mistakes of one output text.
type TemplateErrors []*TemplateError

func (e TemplateErrors) Error() string {
	texts := make([]string, len(e))
	for i := range e {
		texts[i] = e[i].Error()
	}
	return strings.Join(texts, "\n")
}

// ParseTemplate compiles an output: %FIELD and %FIELD[INDEX] stand for values,
// %% for a percent sign. Its error is a TemplateErrors.
func ParseTemplate(source string) (*Template, error) {
	t := &Template{source: source}
	var text strings.Builder
	var errs TemplateErrors
	for rest := source; rest != ""; {
		before, after, found := strings.Cut(rest, "%")
		text.WriteString(before)
		if !found {
			break
		}
		if strings.HasPrefix(after, "%") {
			text.WriteByte('%')
			rest = after[1:]
			continue
		}
		ref, n, err := parseRef(after)
		if errors.Is(err, errNoField) {
			err = errors.New("% stands before no field; write %% for a percent sign")
		} else if err == nil {
			err = ref.Printable()
		}
		if err != nil {
			errs = append(errs, &TemplateError{utf8.RuneCountInString(source[:len(source)-len(after)-1]), err.Error()})
			rest = after
			continue
		}
		t.parts = append(t.parts, part{text.String(), ref})
		t.needs |= ref.Need
		text.Reset()
		rest = after[n:]
	}
	if len(errs) > 0 {
		return nil, errs
	}
	t.parts = append(t.parts, part{text: text.String()})
	return t, nil
}

// ParseRef reads a field with its index: "fd.name", "proc.aname[2]",
// "proc.env[HOME]".
func ParseRef(s string) (Ref, error) {
	ref, n, err := parseRef(s)
	if err == nil && n != len(s) {
		err = fmt.Errorf("%q is not a field", s)
	}
	return ref, err
}

var errNoField = errors.New("no field stands here")

// parseRef reads a field's name and index at the start of s, and tells how many
// bytes they take. A dot that ends a sentence is not part of a name.
func parseRef(s string) (Ref, int, error) {
	n := 0
	for n < len(s) && (s[n] == '.' || s[n] == '_' || '0' <= s[n] && s[n] <= '9' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z') {
		n++
	}
	name := strings.TrimRight(s[:n], ".")
	if n = len(name); n == 0 {
		return Ref{}, 0, errNoField
	}
	ref, err := Lookup(name)
	if err != nil {
		return Ref{}, 0, err
	}
	if inner, rest, ok := strings.Cut(s[n:], "]"); ok && strings.HasPrefix(inner, "[") && ref.Field.Index != NoIndex {
		n = len(s) - len(rest)
		if ref, err = parseIndex(ref, inner[1:]); err != nil {
			return Ref{}, 0, err
		}
	}
	return ref, n, nil
}

func parseIndex(ref Ref, inner string) (Ref, error) {
	if ref.Field.Index != IntIndex {
		return ref.At(-1, inner)
	}
	i, err := strconv.Atoi(inner)
	if err != nil {
		return ref, fmt.Errorf("index %q of %s is not a number", inner, ref.Name)
	}
	return ref.At(i, "")
}

// Source is the text that was compiled.
func (t *Template) Source() string { return t.source }

// Needs are the sources that the template's fields read.
func (t *Template) Needs() Need { return t.needs }

// Fields are the template's fields, each once, in the order of their first
// appearance.
func (t *Template) Fields() []Ref {
	var refs []Ref
	seen := make(map[Ref]bool)
	for _, p := range t.parts {
		if p.ref.Field != nil && !seen[p.ref] {
			seen[p.ref] = true
			refs = append(refs, p.ref)
		}
	}
	return refs
}

// Render fills the template with an event's values.
func (t *Template) Render(e *Event) string {
	var b []byte
	for _, p := range t.parts {
		b = AppendEscaped(b, p.text)
		if p.ref.Field != nil {
			b = p.ref.AppendText(b, e)
		}
	}
	return string(b)
}
