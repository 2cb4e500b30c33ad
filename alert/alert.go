// Package alert holds the record of a rule that matched, its text and JSON
// forms, which are Falco's so that what reads Falco's output reads callgate's,
// and the queue that carries records to their sinks without losing one.
package alert

import (
	"strconv"
	"time"
)

// SourceSyscall is the source of every alert that a system call caused.
const SourceSyscall = "syscall"

// SourceInternal is the source of alerts about callgate itself.
const SourceInternal = "internal"

// fieldTime is the one field that every record carries (consumers such as
// falcosidekick refuse a record without fields).
const fieldTime = "evt.time"

// Alert is one match of one rule. Its strings may hold any bytes: they come
// from the supervised program, and rendering makes them safe.
type Alert struct {
	Time     time.Time // when the call was intercepted; text shows it in the Time's own location
	Rule     string
	Priority string // Falco's spelling: Debug, Informational, Notice, ... Emergency
	Source   string // SourceSyscall or SourceInternal; empty means SourceSyscall
	Hostname string
	Output   string  // the message: the rule's output template, filled in
	Fields   []Field // in the order in which they are to be shown; of two with one name the first counts
	Tags     []string
}

// Field is one named value of a record's output_fields.
type Field struct {
	Name  string
	Value Value
}

// Value is what a field holds: a string, an integer, a boolean, or nothing.
// The zero Value is a field that is not known.
type Value struct {
	kind kind
	num  int64
	str  string
}

type kind uint8

const (
	kindMissing kind = iota
	kindString
	kindInt
	kindBool
)

// String is the value s.
func String(s string) Value { return Value{kind: kindString, str: s} }

// Int is the value n.
func Int(n int) Value { return Value{kind: kindInt, num: int64(n)} }

// Bool is the value v.
func Bool(v bool) Value {
	if v {
		return Value{kind: kindBool, num: 1}
	}
	return Value{kind: kindBool}
}

// ValueOf is the value of a string, an int or a bool; of anything else it is
// Missing.
func ValueOf(v any) Value {
	switch v := v.(type) {
	case string:
		return String(v)
	case int:
		return Int(v)
	case bool:
		return Bool(v)
	}
	return Missing()
}

// Missing is the value of a field that is not known: null in JSON.
func Missing() Value { return Value{} }

// IsMissing reports whether the value is not known.
func (v Value) IsMissing() bool { return v.kind == kindMissing }

// appendJSON appends the value as JSON.
func (v Value) appendJSON(b []byte) []byte {
	switch v.kind {
	case kindString:
		return appendJSONString(b, v.str)
	case kindInt:
		return strconv.AppendInt(b, v.num, 10)
	case kindBool:
		return strconv.AppendBool(b, v.num != 0)
	default:
		return append(b, "null"...)
	}
}
