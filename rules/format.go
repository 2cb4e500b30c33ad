package rules

import (
	"slices"

	"github.com/callgate/callgate/rules/falco"
	"github.com/callgate/callgate/rules/format"
	"github.com/callgate/callgate/rules/source"
)

// Format is a rule file in the common form, with the same meaning. There are
// mistakes when the file is none of rules, macros and lists; what its conditions
// say is not looked at, as they may need other files.
func Format(f *source.File) (string, Mistakes) {
	if _, mistake := f.Documents(); mistake != nil {
		return "", Mistakes{mistake}
	}
	l := newLoader(nil, false)
	for _, g := range falco.Rewrite([]*source.File{f}, falco.Options{}).Files {
		l.items(g)
	}
	if len(l.mistakes) > 0 {
		return "", l.mistakes
	}
	text, err := format.Format(f, slices.Concat(kinds, []string{"items"}, schemas["rule"]))
	if err != nil {
		return "", Mistakes{f.Mistake(f.At(1, 1), "format rules: %v", err)}
	}
	return text, nil
}
