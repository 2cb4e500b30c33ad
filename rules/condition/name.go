package condition

import (
	"slices"
	"strings"
)

// reserved words of expr can't be names.
var reserved = []string{
	"and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith", "let", "true", "false", "nil",
}

// IsName reports whether a condition can use a word as the name of a macro or a
// list.
func IsName(word string) bool {
	isWord := !strings.ContainsFunc(word, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
	return isWord && word != "" && (word[0] < '0' || word[0] > '9') && !slices.Contains(reserved, word)
}
