package falco

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/callgate/callgate/rules/condition"
)

// No condition makes the parser panic; mistakes lie inside of it; and what it
// reads becomes a condition of callgate's, by changes that don't overlap.
func FuzzCondition(f *testing.F) {
	seeds, err := os.ReadFile("testdata/conditions.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(seeds)) {
		f.Add(strings.TrimSuffix(line, "\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // refused when the file is read
		}
		length := utf8.RuneCountInString(text)
		if _, err := Parse(text); err != nil {
			if at := err.(*Error).Offset; at < 0 || at > length { //nolint:errorlint,forcetypeassert // the type is part of the contract
				t.Fatalf("mistake at %d of %d", at, length)
			}
			return
		}
		r, err := newNames().rewriteCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		own := edited(text, r.edits)
		at := 0
		for _, e := range r.edits { // in order now
			if e.From < at || e.To < e.From || e.To > length {
				t.Fatalf("changes overlap: %v", r.edits)
			}
			at = e.To
		}
		if len(own) <= condition.MaxSource && !condition.IsSyntax(own) {
			t.Fatalf("%q became %q", text, own)
		}
	})
}
