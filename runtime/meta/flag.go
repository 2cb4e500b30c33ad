package meta

import (
	"bytes"
	"fmt"
)

// Flag is a yes or no that may be unknown.
type Flag uint8

// Values of a Flag.
const (
	Unknown Flag = iota
	No
	Yes
)

// FlagOf is the flag of a value that is known.
func FlagOf(yes bool) Flag {
	if yes {
		return Yes
	}
	return No
}

// Known is the flag's value, false when it is unknown, and whether it is known.
func (f Flag) Known() (yes, known bool) { return f == Yes, f != Unknown }

// MarshalJSON is true, false, or null for what is not known.
func (f Flag) MarshalJSON() ([]byte, error) {
	switch f {
	case Yes:
		return []byte("true"), nil
	case No:
		return []byte("false"), nil
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Flag) UnmarshalJSON(b []byte) error {
	switch string(bytes.TrimSpace(b)) {
	case "true":
		*f = Yes
	case "false":
		*f = No
	case "null":
		*f = Unknown
	default:
		return fmt.Errorf("read flag: %.20q is not true, false or null", b)
	}
	return nil
}
