package falco

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
)

// What a file is written for is decided for the whole of it. Keys that only one
// of the two languages has decide; without them, or with as many of the one as of
// the other, it is Falco's when more of its conditions can be read by Falco alone
// than can't be read by Falco. A file that both would read alike is callgate's.
var (
	falcoKeys  = append([]string{"warn_evttypes", "skip-if-unknown-filter", "capture", "capture_duration"}, ownKinds...)
	nativeKeys = []string{"action", "errno"}
)

// isFalco decides what the items of a file are written for. Assume takes a file
// that both read alike for Falco's.
func isFalco(items []*item, assume bool) bool {
	if falco, native := count(items, falcoKeys), count(items, nativeKeys); falco != native {
		return falco > native
	}
	var falco, unreadable int
	for _, it := range items {
		v := it.value("condition")
		if v == nil || v.Kind != yaml.ScalarNode {
			continue
		}
		if _, err := parse(v.Value, true); err != nil {
			unreadable++
		} else if !condition.IsSyntax(withoutOperator(v.Value)) {
			falco++
		}
	}
	return falco > unreadable || assume && unreadable == 0
}

// count counts the items that have one of some keys.
func count(items []*item, keys []string) (n int) {
	for _, it := range items {
		if slices.ContainsFunc(keys, func(key string) bool { return it.value(key) != nil }) {
			n++
		}
	}
	return n
}

// withoutOperator takes off the operator with which an appended condition begins.
func withoutOperator(s string) string {
	s = strings.TrimSpace(s)
	for _, word := range []string{"and", "or"} {
		if rest, ok := strings.CutPrefix(s, word); ok && rest != "" && (isBlank(rune(rest[0])) || rest[0] == '(') {
			return rest
		}
	}
	return s
}
