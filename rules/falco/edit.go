package falco

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
)

// edit replaces a part of a condition's text.
type edit struct {
	Span
	text string
}

// apply turns edits of a scalar's value into edits of its file. In flow style a
// text without quotes could not hold what callgate writes: it is quoted.
func apply(f *source.File, n *yaml.Node, edits []edit, flow bool) ([]source.Edit, bool) {
	if flow && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
		e, ok := f.Whole(n, strconv.Quote(edited(n.Value, edits)))
		return []source.Edit{e}, ok
	}
	scalar, ok := f.Scalar(n)
	if !ok {
		return nil, false
	}
	all := make([]source.Edit, len(edits))
	for i, e := range edits {
		all[i] = scalar.Replace(e.From, e.To, e.text)
	}
	return all, true
}

// edited is a text after its edits.
func edited(text string, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.From - b.From })
	var b strings.Builder
	runes, at := []rune(text), 0
	for _, e := range edits {
		b.WriteString(string(runes[at:e.From]))
		b.WriteString(e.text)
		at = e.To
	}
	b.WriteString(string(runes[at:]))
	return b.String()
}
