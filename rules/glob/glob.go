// Package glob matches texts with the patterns of fnmatch(3).
package glob

import (
	"errors"
	"strings"
)

// Match is fnmatch(3) without flags: * is any bytes, slashes too, ? one
// byte, [a-z] and [!a-z] a set, and \ takes the next byte as it is. Only the
// last * is ever tried again, so the cost is at most the product of the lengths
// (Russ Cox, "Glob Matching Can Be Simple And Fast Too").
func Match(pattern, s string, ignoreCase bool) bool {
	p, i := 0, 0
	star, retry := -1, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, retry = p, i
			p++
			continue
		}
		if n, ok := one(pattern[p:], s[i], ignoreCase); ok {
			p += n
			i++
			continue
		}
		if star < 0 {
			return false
		}
		retry++
		p, i = star+1, retry
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// one matches one byte against the first element of a pattern, and tells
// how many bytes the element takes.
func one(pattern string, b byte, ignoreCase bool) (int, bool) {
	if ignoreCase {
		b = Fold(b)
	}
	eq := func(c byte) bool { return c == b || ignoreCase && Fold(c) == b }
	switch {
	case pattern == "":
		return 0, false
	case pattern[0] == '?':
		return 1, true
	case pattern[0] == '\\' && len(pattern) > 1:
		return 2, eq(pattern[1])
	case pattern[0] == '[':
		if n := setLength(pattern); n > 0 {
			return n, inSet(pattern[1:n-1], b, ignoreCase)
		}
	}
	return 1, eq(pattern[0])
}

// setLength is the length of the set [...] that a pattern begins with, 0 when
// it has no end. A ] that comes first is a member.
func setLength(pattern string) int {
	i := 1
	if i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^') {
		i++
	}
	i++
	for ; i < len(pattern); i++ {
		if pattern[i] == ']' {
			return i + 1
		}
	}
	return 0
}

func inSet(set string, b byte, ignoreCase bool) bool {
	negated := set[0] == '!' || set[0] == '^'
	if negated {
		set = set[1:]
	}
	found := false
	for i := 0; i < len(set); i++ {
		lo, hi := set[i], set[i]
		if i+2 < len(set) && set[i+1] == '-' {
			hi = set[i+2]
			i += 2
		}
		found = found || lo <= b && b <= hi
		if ignoreCase && 'a' <= b && b <= 'z' {
			found = found || lo <= b-0x20 && b-0x20 <= hi
		}
	}
	return found != negated
}

// Check refuses patterns that can't mean what they say.
func Check(pattern string) error {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if i++; i == len(pattern) {
				return errors.New("pattern ends in a backslash")
			}
		case '[':
			n := setLength(pattern[i:])
			if n == 0 {
				return errors.New("pattern has a [ without its ]")
			}
			i += n - 1
		}
	}
	return nil
}

// Fold makes an ASCII letter a small one: unlike Unicode's folding that keeps
// lengths and needs no copy.
func Fold(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}
