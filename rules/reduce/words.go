package reduce

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Words tells a set of calls in the names of their arguments and the arguments'
// values; one of them must hold: "domain is AF_PACKET", "newfd is 0 to 2". There
// are none for all calls, and for no call.
func Words(cubes []seccomp.Cube, e syscalls.Entry) []string {
	if Always(cubes) {
		return nil
	}
	var all [][]term
	for _, c := range cubes {
		all = append(all, terms(c, e))
	}
	var out []string
	for _, t := range join(all) {
		var parts []string
		for _, t := range t {
			parts = append(parts, t.String())
		}
		out = append(out, strings.Join(parts, " and "))
	}
	return out
}

// join puts alternatives that differ in one term together, where one term can
// tell both: neighbouring intervals, names.
func join(all [][]term) [][]term {
	for i := 0; i < len(all); i++ {
		for j := i + 1; j < len(all); j++ {
			if t, ok := joined(all[i], all[j]); ok {
				all[i], all = t, slices.Delete(all, j, j+1)
				j = i // what did not fit before may fit now
			}
		}
	}
	return all
}

func joined(a, b []term) ([]term, bool) {
	differ := -1
	if len(a) != len(b) {
		return nil, false
	}
	for i := range a {
		if a[i].equal(b[i]) {
			continue
		}
		if differ >= 0 {
			return nil, false
		}
		differ = i
	}
	if differ < 0 {
		return a, true
	}
	t, ok := a[differ].or(b[differ])
	if !ok {
		return nil, false
	}
	out := slices.Clone(a)
	out[differ] = t
	return out, true
}

// terms tell a cube.
func terms(c seccomp.Cube, e syscalls.Entry) []term {
	var out []term
	for _, m := range c {
		if int(m.Arg) >= len(e.Call.Args) {
			out = append(out, term{arg: m.String()})
			continue
		}
		out = append(out, termsOf(m, &e.Call.Args[m.Arg], e.ABI)...)
	}
	return out
}

func termsOf(m seccomp.Cmp, a *syscalls.Arg, abi syscalls.ABI) []term {
	full := ^uint64(0) >> (64 - a.Kind.Width(abi))
	free := full &^ m.Mask
	switch {
	case free == 0 && a.Symbols != nil:
		return []term{{arg: a.Name, verb: "is", names: []string{a.Symbols.Render(m.Value)}}}
	case a.Symbols != nil && a.Symbols.Mask != syscalls.All:
		return flagTerms(m, a)
	case a.Symbols != nil && bits.OnesCount64(free) <= 3:
		return []term{{arg: a.Name, verb: "is", names: values(m, a, free)}}
	case free&(free+1) == 0: // all but low bits
		return []term{{arg: a.Name, interval: newInterval(m, a, abi, full, free)}}
	}
	return []term{bitTerm(a.Name, m.Mask, m.Value)}
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

// flagTerms splits a comparison into its enumerated part and its flags.
func flagTerms(m seccomp.Cmp, a *syscalls.Arg) []term {
	var out []term
	if mask := m.Mask & a.Symbols.Mask; mask != 0 {
		out = append(out, term{arg: a.Name, verb: "has", names: enumerated(a.Symbols, mask, m.Value&mask)})
	}
	rest := m.Mask &^ a.Symbols.Mask
	for _, s := range a.Symbols.Flags {
		if s.Value == 0 || rest&s.Value != s.Value {
			continue
		}
		switch m.Value & s.Value {
		case s.Value:
			out = append(out, term{arg: a.Name, verb: "has", names: []string{s.Name}})
		case 0:
			out = append(out, term{arg: a.Name, verb: "lacks", names: []string{s.Name}})
		default:
			continue
		}
		rest &^= s.Value
	}
	if rest != 0 {
		out = append(out, bitTerm(a.Name, rest, m.Value&rest))
	}
	return out
}

// enumerated are the names that fit some bits of an enumerated part. The value
// that has all bits is left out beside others: open's access mode 3, which few
// know and which asks for what O_RDWR asks for.
func enumerated(s *syscalls.Symbols, mask, value uint64) []string {
	var names []string
	for _, e := range s.Enum {
		if e.Value&mask == value && (e.Value != s.Mask || len(names) == 0) {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		names = []string{fmt.Sprintf("%#x", value)}
	}
	return names
}

func bitTerm(name string, mask, value uint64) term {
	if bits.OnesCount64(mask) == 1 {
		verb := "lacks"
		if value != 0 {
			verb = "has"
		}
		return term{arg: name, verb: verb, names: []string{fmt.Sprintf("bit %d", bits.TrailingZeros64(mask))}}
	}
	return term{arg: fmt.Sprintf("%s & %#x is %#x", name, mask, value)}
}
