package reduce

import (
	"slices"
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// symbols reduces the equality of a rendered argument with one of some texts.
func (r reducer) symbols(i int, t *condition.Test, fold func(string) string) outcome {
	s := r.call.Args[i].Symbols
	var yes []seccomp.Cube
	for _, text := range t.Strings {
		if fold != nil {
			var certain bool
			if text, certain = unfold(s, text, t, fold); !certain {
				return unknown
			}
		}
		v, certain := parseNames(s, text)
		if !certain {
			return unknown
		}
		if v&^r.mask(i) == 0 && s.Render(v) == text {
			yes = append(yes, r.point(i, v)...)
		}
	}
	return outcome{limit(yes), outside(yes)}
}

// unfold is the only text of names that equals another one when its letters are
// folded, "" if there is none; not certain when there may be several.
func unfold(s *syscalls.Symbols, text string, t *condition.Test, fold func(string) string) (string, bool) {
	if t.Op == condition.IEqual {
		text = fold(text)
	}
	names := strings.Split(text, "|")
	for k, name := range names {
		if name != "" && '0' <= name[0] && name[0] <= '9' {
			return "", false
		}
		var found []string
		for _, sym := range slices.Concat(s.Enum, s.Flags) {
			if fold(sym.Name) == name && !slices.Contains(found, sym.Name) {
				found = append(found, sym.Name)
			}
		}
		switch len(found) {
		case 0:
			return "", true
		case 1:
			names[k] = found[0]
		default:
			return "", false
		}
	}
	return strings.Join(names, "|"), true
}

// parseNames is the only value that may be rendered as the text; whether it is,
// Render tells. Not certain: a hexadecimal rest or an ambiguous name could be
// rendered from several.
func parseNames(s *syscalls.Symbols, text string) (v uint64, certain bool) {
	if text == "0" {
		return 0, true
	}
	// A value of an enumeration without a name is written in decimal.
	if v, err := strconv.ParseUint(text, 10, 64); err == nil && s.Mask == syscalls.All {
		return v, true
	}
	for name := range strings.SplitSeq(text, "|") {
		if strings.HasPrefix(name, "0") {
			return 0, false
		}
		bits, certain := valueOf(s, name)
		if !certain {
			return 0, false
		}
		v |= bits
	}
	return v, true
}

// valueOf is the value of a name, 0 of one that no value has; not certain when
// several have it.
func valueOf(s *syscalls.Symbols, name string) (v uint64, certain bool) {
	found := false
	for _, list := range [][]syscalls.Symbol{s.Enum, s.Flags} {
		for _, sym := range list {
			if sym.Name != name {
				continue
			}
			if found && sym.Value != v {
				return 0, false
			}
			v, found = sym.Value, true
		}
	}
	return v, true
}

// names reduces "contains" and hasFlag on a rendered argument: a text inside
// one name can only come from the values that have such a name.
func (r reducer) names(i int, t *condition.Test, fold func(string) string) outcome {
	s := r.call.Args[i].Symbols
	var can, must []seccomp.Cube
	for _, text := range t.Strings {
		if t.Op == condition.IContains {
			text = fold(text)
		}
		if strings.Trim(strings.ToLower(text), "0123456789abcdefx") == "" || strings.Contains(text, "|") {
			return unknown // it can come from a hexadecimal rest, or from several names
		}
		fits := func(name string) bool { return strings.Contains(name, text) }
		if t.Op == condition.HasFlag {
			fits = func(name string) bool { return name == text }
		}
		if exact := fits; fold != nil {
			fits = func(name string) bool { return exact(fold(name)) }
		}
		for k, sym := range s.Enum {
			if cube, ok := r.enumerated(i, sym); ok && fits(sym.Name) && !valueBefore(s.Enum[:k], sym.Value) {
				can, must = append(can, cube), append(must, cube)
			}
		}
		for k, sym := range s.Flags {
			if sym.Value == 0 || sym.Value&^r.mask(i) != 0 || !fits(sym.Name) {
				continue
			}
			cube := seccomp.Cube{{Arg: register(i), Mask: sym.Value, Value: sym.Value}}
			can = append(can, cube)
			if sym.Value&s.Mask == 0 && !overlaps(s.Flags[:k], sym.Value) {
				must = append(must, cube) // no earlier flag can take its bits
			}
		}
	}
	return outcome{limit(can), outside(must)}
}

// enumerated is the calls whose argument has an enumerated value.
func (r reducer) enumerated(i int, sym syscalls.Symbol) (seccomp.Cube, bool) {
	mask := r.call.Args[i].Symbols.Mask & r.mask(i)
	return seccomp.Cube{{Arg: register(i), Mask: mask, Value: sym.Value}}, mask != 0 && sym.Value&^mask == 0
}

func valueBefore(list []syscalls.Symbol, v uint64) bool {
	for _, s := range list {
		if s.Value == v {
			return true
		}
	}
	return false
}

func overlaps(list []syscalls.Symbol, v uint64) bool {
	for _, s := range list {
		if s.Value&v != 0 {
			return true
		}
	}
	return false
}
