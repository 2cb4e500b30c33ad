package condition

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/glob"
)

// textMatcher holds where one of the literals fits a text.
func textMatcher(op Op, literals []string) (func(string) bool, error) {
	switch op {
	case Equal:
		return member(literals), nil
	case Matches:
		return regexps(literals)
	case CIDR:
		nets, err := parseNets(literals)
		return func(s string) bool { return inNets(s, nets) }, err
	case BContains, BStartsWith:
		var err error
		if literals, err = fromHex(literals); err != nil {
			return nil, err
		}
	}
	compare := textual[op]
	return func(s string) bool {
		return slices.ContainsFunc(literals, func(literal string) bool { return compare(s, literal) })
	}, nil
}

// numberMatcher holds where one of the literals fits a number.
func numberMatcher(op Op, literals []int) func(int) bool {
	if compare := order[op]; compare != nil {
		return func(n int) bool {
			return slices.ContainsFunc(literals, func(literal int) bool { return compare(n, literal) })
		}
	}
	return member(literals)
}

func regexps(patterns []string) (func(string) bool, error) {
	list := make([]*regexp.Regexp, len(patterns))
	for i, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, fmt.Errorf("invalid pattern: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		list[i] = re
	}
	if len(list) == 1 {
		return list[0].MatchString, nil
	}
	return func(s string) bool {
		return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(s) })
	}, nil
}

func fromHex(literals []string) ([]string, error) {
	decoded := make([]string, len(literals))
	for i, l := range literals {
		b, err := hex.DecodeString(l)
		if err != nil || len(b) == 0 {
			return nil, fmt.Errorf("%q is not a text of bytes in hexadecimal, such as 7f454c46", l)
		}
		decoded[i] = string(b)
	}
	return decoded, nil
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
	BContains:   strings.Contains,
	BStartsWith: strings.HasPrefix,
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

// member is membership: a comparison for few literals, a hash set for many.
func member[T comparable](literals []T) func(T) bool {
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
