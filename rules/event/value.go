package event

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// NA stands in texts for a value that is not known.
const NA = "<NA>"

// Value reads the field from an event: a string, an int or a bool; false when
// it is not known. A whole indexed field (proc.aname) has no single value.
func (r Ref) Value(e *Event) (any, bool) {
	slot := r.Slot()
	switch {
	case r.Sought():
		s := r.Find(e)
		return s, s != ""
	case r.Instead != "" || r.Whole() && (r.Field.Index != KeyIndex || r.hollow):
		return nil, false
	case r.Type == String:
		s := slot.Text(e)
		return s, s != ""
	case r.Type == Int:
		n := slot.Number(e)
		return n, n != Missing
	}
	return slot.Flag(e), !r.CanBeMissing() || r.KnownSlot().Flag(e)
}

// AppendText appends the field's value as alerts show it, NA when it is not
// known. Bytes that could forge or hide a part of a line are escaped.
func (r Ref) AppendText(b []byte, e *Event) []byte {
	v, ok := r.Value(e)
	if !ok {
		return append(b, NA...)
	}
	switch v := v.(type) {
	case string:
		return AppendEscaped(b, v)
	case int:
		if r.Name == "evt.time" {
			return time.Unix(0, int64(v)).AppendFormat(b, "15:04:05.000000000")
		}
		return strconv.AppendInt(b, int64(v), 10)
	default:
		return strconv.AppendBool(b, v.(bool))
	}
}

// AppendEscaped appends s with everything that is not printable escaped as in
// a Go string: \n, \x1b, \u202e.
func AppendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if (r != utf8.RuneError || n > 1) && unicode.IsPrint(r) {
			b = append(b, s[i:i+n]...)
		} else {
			quoted := strconv.AppendQuote(nil, s[i:i+n])
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		i += n
	}
	return b
}
