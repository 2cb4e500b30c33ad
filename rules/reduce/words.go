package reduce

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Words tells a cube of a call in the names of its arguments and their values:
// "domain is AF_PACKET", "flags has O_TRUNC".
func Words(c seccomp.Cube, e syscalls.Entry) string {
	var parts []string
	for _, m := range c {
		if int(m.Arg) >= len(e.Call.Args) {
			parts = append(parts, m.String())
			continue
		}
		parts = append(parts, words(m, &e.Call.Args[m.Arg], e.ABI)...)
	}
	return strings.Join(parts, " and ")
}

func words(m seccomp.Cmp, a *syscalls.Arg, abi syscalls.ABI) []string {
	full := ^uint64(0) >> (64 - a.Kind.Width(abi))
	switch {
	case m.Mask == full && a.Symbols != nil:
		return []string{a.Name + " is " + a.Symbols.Render(m.Value)}
	case m.Mask == full:
		return []string{fmt.Sprintf("%s is %d", a.Name, a.Kind.Value(abi, m.Value))}
	case a.Symbols != nil && a.Symbols.Mask != syscalls.All:
		return flagWords(m, a)
	}
	free := full &^ m.Mask
	switch {
	case a.Symbols != nil && bits.OnesCount64(free) <= 3:
		return []string{a.Name + " is " + strings.Join(values(m, a, free), " or ")}
	case free&(free+1) == 0:
		return []string{interval(m, a, abi, free)} // all but low bits
	}
	return []string{bitWords(a.Name, m.Mask, m.Value)}
}

// values are the names of all values that differ in the free bits only.
func values(m seccomp.Cmp, a *syscalls.Arg, free uint64) []string {
	var names []string
	for sub := uint64(0); ; sub = (sub - free) & free {
		names = append(names, a.Symbols.Render(m.Value|sub))
		if sub == free {
			return names
		}
	}
}

func interval(m seccomp.Cmp, a *syscalls.Arg, abi syscalls.ABI, free uint64) string {
	lo, hi := a.Kind.Value(abi, m.Value), a.Kind.Value(abi, m.Value|free)
	if hi == -1 && bits.OnesCount64(m.Mask) == 1 {
		return a.Name + " is negative"
	}
	return fmt.Sprintf("%s is %d to %d", a.Name, lo, hi)
}

// flagWords splits a comparison into its enumerated part and its flags.
func flagWords(m seccomp.Cmp, a *syscalls.Arg) []string {
	var out []string
	if mask := m.Mask & a.Symbols.Mask; mask != 0 {
		var names []string
		for _, s := range a.Symbols.Enum {
			if s.Value&mask == m.Value&mask {
				names = append(names, s.Name)
			}
		}
		if len(names) == 0 {
			names = []string{"0x" + strconv.FormatUint(m.Value&mask, 16)}
		}
		out = append(out, a.Name+" is "+strings.Join(names, " or "))
	}
	rest := m.Mask &^ a.Symbols.Mask
	for _, s := range a.Symbols.Flags {
		if s.Value == 0 || rest&s.Value != s.Value {
			continue
		}
		switch m.Value & s.Value {
		case s.Value:
			out = append(out, a.Name+" has "+s.Name)
		case 0:
			out = append(out, a.Name+" lacks "+s.Name)
		default:
			continue
		}
		rest &^= s.Value
	}
	if rest != 0 {
		out = append(out, bitWords(a.Name, rest, m.Value&rest))
	}
	return out
}

func bitWords(name string, mask, value uint64) string {
	if bits.OnesCount64(mask) == 1 {
		verb := "lacks"
		if value != 0 {
			verb = "has"
		}
		return fmt.Sprintf("%s %s bit %d", name, verb, bits.TrailingZeros64(mask))
	}
	return fmt.Sprintf("%s & %#x is %#x", name, mask, value)
}
