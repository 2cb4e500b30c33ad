package syscalls

import (
	"strconv"
	"strings"
)

// Symbol names one value of an argument.
type Symbol struct {
	Value uint64
	Name  string
}

// Symbols names the values of an argument: the enumerated values under Mask,
// and single flags (or flags of several bits) outside it.
type Symbols struct {
	// Mask covers the bits that hold one enumerated value. All ones: a plain
	// enumeration. Zero: flags only. O_ACCMODE: open's mixture.
	Mask uint64
	// Enum are the values under Mask, Flags the bits outside it; a flag of
	// several bits stands before the flags that it contains (O_SYNC, O_DSYNC).
	Enum, Flags []Symbol
}

// All is the Mask of a plain enumeration.
const All = ^uint64(0)

// Render writes v as strace and Falco do: NAME|NAME, with unknown bits kept as
// hexadecimal. A value without any name is written as a number.
func (s *Symbols) Render(v uint64) string {
	var b []string
	rest := v &^ s.Mask
	if s.Mask != 0 {
		if name, ok := find(s.Enum, v&s.Mask); ok {
			b = append(b, name)
		} else if s.Mask == All || v&s.Mask != 0 {
			b = append(b, "0x"+strconv.FormatUint(v&s.Mask, 16))
		}
	}
	for _, f := range s.Flags {
		if f.Value != 0 && rest&f.Value == f.Value {
			b = append(b, f.Name)
			rest &^= f.Value
		}
	}
	if rest != 0 {
		b = append(b, "0x"+strconv.FormatUint(rest, 16))
	}
	if len(b) == 0 {
		return "0"
	}
	return strings.Join(b, "|")
}

func find(list []Symbol, v uint64) (string, bool) {
	for _, s := range list {
		if s.Value == v {
			return s.Name, true
		}
	}
	return "", false
}
