package condition

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/glob"
)

// prepare compiles the test's literals, so that judging an event allocates
// nothing and can't fail.
func (t *Test) prepare() error {
	if t.Other != nil {
		t.preparePair()
		return nil
	}
	switch t.Op {
	case Present, IsTrue, IsFalse:
		t.text = func(string) bool { return true }
		t.number = func(int) bool { return true }
	case Equal:
		t.text, t.number = oneOf(t.Strings), oneOf(t.Numbers)
	case Less, LessEqual, Greater, GreaterEqual:
		compare, limit := order[t.Op], t.Numbers[0]
		t.number = func(n int) bool { return compare(n, limit) }
	case Matches:
		re, err := regexp.Compile(t.Strings[0])
		if err != nil {
			return fmt.Errorf("invalid pattern: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		t.text = re.MatchString
	case CIDR:
		nets, err := parseNets(t.Strings)
		if err != nil {
			return err
		}
		t.text = func(s string) bool { return inNets(s, nets) }
	default:
		compare := textual[t.Op]
		t.text = func(s string) bool {
			return slices.ContainsFunc(t.Strings, func(literal string) bool { return compare(s, literal) })
		}
	}
	return nil
}

func (t *Test) preparePair() {
	t.texts, t.pairs = textual[t.Op], order[t.Op]
	if t.Op == Equal {
		t.texts = func(a, b string) bool { return a == b }
		t.pairs = func(a, b int) bool { return a == b }
	}
}

var order = map[Op]func(a, b int) bool{
	Less:         func(a, b int) bool { return a < b },
	LessEqual:    func(a, b int) bool { return a <= b },
	Greater:      func(a, b int) bool { return a > b },
	GreaterEqual: func(a, b int) bool { return a >= b },
}

var textual = map[Op]func(value, literal string) bool{
	Contains:    strings.Contains,
	StartsWith:  strings.HasPrefix,
	EndsWith:    strings.HasSuffix,
	Glob:        func(s, pattern string) bool { return glob.Match(pattern, s, false) },
	IGlob:       func(s, pattern string) bool { return glob.Match(pattern, s, true) },
	PathMatch:   pathMatch,
	HasFlag:     hasFlag,
	IEqual:      equalFold,
	IContains:   containsFold,
	IStartsWith: func(s, prefix string) bool { return len(s) >= len(prefix) && equalFold(s[:len(prefix)], prefix) },
	IEndsWith:   func(s, suffix string) bool { return len(s) >= len(suffix) && equalFold(s[len(s)-len(suffix):], suffix) },
}

// oneOf is membership: a comparison for few literals, a hash set for many.
func oneOf[T comparable](literals []T) func(T) bool {
	if len(literals) <= 4 {
		return func(v T) bool { return slices.Contains(literals, v) }
	}
	set := make(map[T]struct{}, len(literals))
	for _, l := range literals {
		set[l] = struct{}{}
	}
	return func(v T) bool {
		_, ok := set[v]
		return ok
	}
}

func parseNets(literals []string) ([]netip.Prefix, error) {
	nets := make([]netip.Prefix, 0, len(literals))
	for _, l := range literals {
		p, err := netip.ParsePrefix(l)
		if addr, addrErr := netip.ParseAddr(l); err != nil && addrErr == nil {
			p, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%q is neither a network nor an address", l)
		}
		nets = append(nets, p.Masked())
	}
	return nets, nil
}

func inNets(s string, nets []netip.Prefix) bool {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// pathMatch reports whether a path is the directory or file, or lies below it.
func pathMatch(path, base string) bool {
	base = strings.TrimRight(base, "/")
	return strings.HasPrefix(path, base) && (len(path) == len(base) || path[len(base)] == '/')
}

// hasFlag reports whether a rendered set of flags, A|B|0x4, names the flag.
func hasFlag(flags, name string) bool {
	for flags != "" {
		var flag string
		if flag, flags, _ = strings.Cut(flags, "|"); flag == name {
			return true
		}
	}
	return false
}

// The case of ASCII letters is ignored, as by Falco.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if glob.Fold(a[i]) != glob.Fold(b[i]) {
			return false
		}
	}
	return true
}

func containsFold(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if equalFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}
