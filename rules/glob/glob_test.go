package glob_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callgate/callgate/rules/glob"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"*", "", true},
		{"?", "", false},
		{"a*b*c", "a/x/b/c", true},
		{"a*b*c", "a/x/b/cd", false},
		{"[a-c]?", "bz", true},
		{"[!a-c]", "b", false},
		{"[^a-c]", "d", true},
		{"[]x]", "]", true},
		{"[x", "[x", true}, // a set without an end is itself
		{`\*`, "*", true},
		{`\*`, "a", false},
		{"**", "anything", true},
		{"*.so", "lib.so.1", false},
	}
	for _, tt := range tests {
		if got := glob.Match(tt.pattern, tt.s, false); got != tt.want {
			t.Errorf("Match(%q, %q) = %t", tt.pattern, tt.s, got)
		}
	}
}

// The glob of literals, * and ? means what the same regular expression means.
func TestMatchIsRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*?/]{0,8}`).Draw(t, "pattern")
		s := rapid.StringMatching(`[abA/]{0,10}`).Draw(t, "s")
		re := "^" + strings.NewReplacer("*", ".*", "?", ".").Replace(pattern) + "$"
		if got, want := glob.Match(pattern, s, false), regexp.MustCompile(re).MatchString(s); got != want {
			t.Fatalf("Match(%q, %q) = %t", pattern, s, got)
		}
		if got, want := glob.Match(pattern, s, true), regexp.MustCompile("(?i)"+re).MatchString(s); got != want {
			t.Fatalf("Match(%q, %q) ignoring case = %t", pattern, s, got)
		}
	})
}

// A pattern of many stars must not cost more than the product of the lengths.
func TestMatchIsBounded(t *testing.T) {
	pattern := strings.Repeat("a*", 50) + "b"
	if glob.Match(pattern, strings.Repeat("a", 10000), false) {
		t.Error("it has no b")
	}
}
