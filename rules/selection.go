package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/glob"
	"github.com/callgate/callgate/rules/suggest"
)

// Selector switches rules on or off, by name or by tag. Both are patterns as
// conditions have them.
type Selector struct {
	Enable bool
	Rule   string // a rule's name, or
	Tag    string // one of its tags
}

// ParseSelector reads what the command line and the configuration say: NAME, or
// tag:TAG.
func ParseSelector(text string, enable bool) (Selector, error) {
	s := Selector{Enable: enable}
	pattern, isTag := strings.CutPrefix(text, "tag:")
	if s.Rule = pattern; isTag {
		s.Rule, s.Tag = "", pattern
	}
	if pattern == "" {
		return s, fmt.Errorf("%q is neither the name of a rule nor tag:TAG", text)
	}
	if err := glob.Check(pattern); err != nil {
		return s, fmt.Errorf("%q: %w", text, err)
	}
	return s, nil
}

// String is what ParseSelector reads, after the word for what it does.
func (s Selector) String() string {
	verb := "disable "
	if s.Enable {
		verb = "enable "
	}
	if s.Tag != "" {
		return verb + "tag:" + s.Tag
	}
	return verb + s.Rule
}

// names reports whether the selector says a rule's name in full.
func (s Selector) names(d *ruleDef) bool { return s.Rule == d.name }

// fits reports whether the selector means a rule. Patterns leave the set core
// alone, without which there is a way round every other rule.
func (s Selector) fits(d *ruleDef) bool {
	switch {
	case s.names(d):
		return true
	case d.file.Set == coreSet:
		return false
	case s.Tag != "":
		return slices.ContainsFunc(d.tags, func(tag string) bool { return glob.Match(s.Tag, tag, false) })
	}
	return glob.Match(s.Rule, d.name, false)
}

// choose switches rules on and off: as the selectors say, one after the other,
// and off where they are less grave than the threshold.
func (l *loader) choose(selectors []Selector, threshold Threshold) error {
	for _, s := range selectors {
		found := false
		for _, d := range l.order {
			if s.fits(d) {
				d.enabled, found = s.Enable, true
			}
		}
		if !found {
			return l.nothingFits(s)
		}
	}
	for _, d := range l.order {
		if d.file.Set != coreSet && !threshold.admits(d.priority) {
			d.enabled = false
		}
	}
	return nil
}

// nothingFits is the error of a selector that means no rule.
func (l *loader) nothingFits(s Selector) error {
	what, pattern := "rule has the name", s.Rule
	if s.Tag != "" {
		what, pattern = "rule has the tag", s.Tag
	}
	var names []string
	for _, d := range l.order {
		if s.Tag != "" {
			names = append(names, d.tags...)
		} else {
			names = append(names, d.name)
		}
	}
	hint := ""
	if near := suggest.Nearest(pattern, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("select rules: %s: no %s %q%s", s, what, pattern, hint)
}

// Threshold is the least grave priority of which rules take part. By its zero
// value all do.
type Threshold uint8

// AtLeast is the threshold at a priority.
func AtLeast(p Priority) Threshold {
	if p == Debug {
		return 0
	}
	return Threshold(p) + 1
}

func (t Threshold) admits(p Priority) bool { return t == 0 || Threshold(p) < t }

func (t Threshold) String() string {
	if t == 0 {
		return Debug.String()
	}
	return Priority(t - 1).String()
}

// Matching says which of the rules that match an event are told.
type Matching uint8

// The ways of matching.
const (
	All   Matching = iota // every one
	First                 // the first of those that do most: kill before deny before log
)

var matchingNames = []string{All: "all", First: "first"}

func (m Matching) String() string { return matchingNames[m] }

// ParseMatching reads a Matching.
func ParseMatching(s string) (Matching, bool) {
	i := slices.Index(matchingNames, s)
	return Matching(max(i, 0)), i >= 0 //nolint:gosec // two names
}
