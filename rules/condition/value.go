package condition

import (
	"slices"
	"strconv"

	"github.com/callgate/callgate/rules/event"
)

// value is what a function makes of fields, or a field that a function takes.
// One of its readers is set, by its type; each is false where the value is
// missing. What they return lies in the event or in its scratch.
type value struct {
	name  string
	refs  []event.Ref // the fields it is made of
	parts int         // fields and texts
	depth int         // functions inside each other

	text   func(*event.Event, *event.Scratch) (string, bool)
	number func(*event.Event, *event.Scratch) (int, bool)
	texts  func(*event.Event, *event.Scratch) ([]string, bool)

	option bool                // of getopt: has may ask for it
	fold   func(string) string // of one field whose letters are changed
}

// Bounds of a value: with those of an event's texts they bound what judging it
// costs.
const (
	maxParts     = 16
	maxFunctions = 8
)

func (v *value) typ() event.Type {
	if v.number != nil {
		return event.Int
	}
	return event.String
}

// ref makes the value look like a field to what compares fields.
func (v *value) ref() event.Ref {
	return event.Ref{Field: &event.Field{Name: v.name, Type: v.typ()}, Index: -1}
}

// literalValue is a text in quotes.
func literalValue(s string) *value {
	return &value{
		name: strconv.Quote(s), parts: 1,
		text: func(*event.Event, *event.Scratch) (string, bool) { return s, true },
	}
}

// fieldValue is a field as functions take it; nil for a boolean.
func fieldValue(r event.Ref) *value {
	v := &value{name: r.String(), refs: []event.Ref{r}, parts: 1}
	slot := r.Slot()
	switch {
	case r.Type == event.Bool, severalValues(r) && r.Type == event.Int:
		return nil
	case isArguments(r):
		v.texts = arguments
	case r.Ends() != nil:
		v.texts = endsOf(r)
	case severalValues(r):
		v.texts = func(e *event.Event, s *event.Scratch) ([]string, bool) {
			return known(s, slot.Texts(e)[firstOf(r):])
		}
	case r.Type == event.Int:
		v.number = func(e *event.Event, _ *event.Scratch) (int, bool) {
			n := slot.Number(e)
			return n, n != event.Missing
		}
	case r.Sought():
		v.text = func(e *event.Event, _ *event.Scratch) (string, bool) {
			s := r.Find(e)
			return s, s != ""
		}
	default:
		v.text = func(e *event.Event, _ *event.Scratch) (string, bool) {
			s := slot.Text(e)
			return s, s != ""
		}
	}
	return v
}

func endsOf(r event.Ref) func(*event.Event, *event.Scratch) ([]string, bool) {
	ends := r.Ends()
	return func(e *event.Event, s *event.Scratch) ([]string, bool) {
		var values [event.MaxEnds]string
		for i, end := range ends {
			values[i] = end.Text(e)
		}
		return known(s, values[:])
	}
}

// known are those of some texts that are not missing.
func known(s *event.Scratch, texts []string) ([]string, bool) {
	start := len(s.Texts)
	for _, t := range texts {
		if t != "" {
			s.Texts = append(s.Texts, t)
		}
	}
	return s.Texts[start:], len(s.Texts) > start
}

// combine begins a value that is made of others.
func combine(name string, of ...*value) *value {
	v := &value{name: name, depth: 1}
	for _, part := range of {
		v.refs = slices.Concat(v.refs, part.refs)
		v.parts += part.parts
		v.depth = max(v.depth, part.depth+1)
	}
	return v
}
