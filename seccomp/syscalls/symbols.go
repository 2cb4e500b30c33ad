package syscalls

import "strconv"

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
// hexadecimal. A value of an enumeration that has no name is written in decimal.
func (s *Symbols) Render(v uint64) string { return string(s.Append(nil, v)) }

// Append is Render into a buffer.
func (s *Symbols) Append(b []byte, v uint64) []byte {
	start := len(b)
	rest := v &^ s.Mask
	if s.Mask != 0 {
		if name, ok := find(s.Enum, v&s.Mask); ok {
			b = append(b, name...)
		} else if s.Mask == All {
			b = strconv.AppendUint(b, v, 10)
		} else if v&s.Mask != 0 {
			b = appendHex(b, v&s.Mask)
		}
	}
	for _, f := range s.Flags {
		if f.Value != 0 && rest&f.Value == f.Value {
			b = append(bar(b, start), f.Name...)
			rest &^= f.Value
		}
	}
	if rest != 0 {
		b = appendHex(bar(b, start), rest)
	}
	if len(b) == start {
		b = append(b, '0')
	}
	return b
}

// bar separates a name from the one before.
func bar(b []byte, start int) []byte {
	if len(b) > start {
		b = append(b, '|')
	}
	return b
}

func appendHex(b []byte, v uint64) []byte {
	return strconv.AppendUint(append(b, "0x"...), v, 16)
}

func find(list []Symbol, v uint64) (string, bool) {
	for _, s := range list {
		if s.Value == v {
			return s.Name, true
		}
	}
	return "", false
}

// Value is the value of a name.
func (s *Symbols) Value(name string) (uint64, bool) {
	for _, list := range [][]Symbol{s.Enum, s.Flags} {
		for _, sym := range list {
			if sym.Name == name {
				return sym.Value, true
			}
		}
	}
	return 0, false
}
