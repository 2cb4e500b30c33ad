package alert

import (
	"fmt"
	"time"
)

// Format is a way to render alerts as lines.
type Format struct {
	JSON    bool // one JSON object a line, else text
	ISO8601 bool // the text's time as ISO 8601 in UTC, else HH:MM:SS.nnnnnnnnn
}

// ParseFormat reads the name of a format: text or json.
func ParseFormat(name string) (Format, error) {
	switch name {
	case "text":
		return Format{}, nil
	case "json":
		return Format{JSON: true}, nil
	}
	return Format{}, fmt.Errorf("read format %q: it must be text or json", name)
}

// Append appends the alert as one line, its newline included. The line is
// valid UTF-8 and holds no other control character, whatever bytes the alert
// holds.
func (f Format) Append(b []byte, a *Alert) []byte {
	if f.JSON {
		b = f.appendJSON(b, a)
	} else {
		b = f.appendText(b, a)
	}
	return append(b, '\n')
}

const (
	layoutClock = "15:04:05.000000000"
	layoutISO   = "2006-01-02T15:04:05.000000000-0700"
	layoutJSON  = "2006-01-02T15:04:05.000000000Z"
)

// appendText appends "TIME: Priority message".
func (f Format) appendText(b []byte, a *Alert) []byte {
	if f.ISO8601 {
		b = a.Time.UTC().AppendFormat(b, layoutISO)
	} else {
		b = a.Time.AppendFormat(b, layoutClock)
	}
	b = append(b, ": "...)
	b = appendTextString(b, a.Priority)
	b = append(b, ' ')
	return appendTextString(b, a.Output)
}

// appendJSON appends the record with its keys in Falco's order.
func (f Format) appendJSON(b []byte, a *Alert) []byte {
	b = append(b, `{"hostname":`...)
	b = appendJSONString(b, a.Hostname)
	b = append(b, `,"output":`...)
	b = appendJSONString(b, string(f.appendText(nil, a)))
	b = append(b, `,"output_fields":{`...)
	b = appendFields(b, a)
	b = append(b, `},"priority":`...)
	b = appendJSONString(b, a.Priority)
	b = append(b, `,"rule":`...)
	b = appendJSONString(b, a.Rule)
	b = append(b, `,"source":`...)
	if a.Source == "" {
		b = appendJSONString(b, SourceSyscall)
	} else {
		b = appendJSONString(b, a.Source)
	}
	b = append(b, `,"tags":[`...)
	for i, tag := range a.Tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, tag)
	}
	b = append(b, `],"time":"`...)
	b = jsonTime(a.Time).AppendFormat(b, layoutJSON)
	return append(b, `"}`...)
}

// jsonTime is a time that RFC 3339 can express: four digits of year.
func jsonTime(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Unix(0, 0).UTC()
	}
	return t
}

// appendFields appends the members of output_fields, each name once, and the
// time if the fields do not name it themselves.
func appendFields(b []byte, a *Alert) []byte {
	sep, timed := false, false
	member := func(name string) {
		if sep {
			b = append(b, ',')
		}
		sep = true
		b = append(appendJSONString(b, name), ':')
	}
	for i, f := range a.Fields {
		if named(a.Fields[:i], f.Name) {
			continue
		}
		timed = timed || f.Name == fieldTime
		member(f.Name)
		b = f.Value.appendJSON(b)
	}
	if !timed {
		member(fieldTime)
		b = Int(int(a.Time.UnixNano())).appendJSON(b)
	}
	return b
}

func named(fields []Field, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}
