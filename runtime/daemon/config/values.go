package config

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules"
)

// text is a scalar's text; a missing value is the empty text.
func (r *reader) text(v value) string {
	switch {
	case v.node.Kind != yaml.ScalarNode:
		r.fail(v.node, "%s is a text, not a list or a map", v.key)
		return ""
	case v.node.Tag == "!!null":
		return ""
	case strings.ContainsRune(v.node.Value, 0):
		r.fail(v.node, "%s holds a NUL character", v.key)
		return ""
	}
	return v.node.Value
}

// word is one of some words.
func (r *reader) word(v value, words ...string) string {
	s := r.text(v)
	if !slices.Contains(words, s) {
		last := len(words) - 1
		r.fail(v.node, "%s %q is unknown; it is %s or %s", v.key, s, strings.Join(words[:last], ", "), words[last])
		return words[0]
	}
	return s
}

// path is an absolute path: the daemon has no working directory to count on.
func (r *reader) path(v value) string {
	s := r.text(v)
	if !filepath.IsAbs(s) {
		r.fail(v.node, "%s %q must be an absolute path", v.key, s)
	}
	return filepath.Clean(s)
}

// socket is a path that fits into a socket's address.
func (r *reader) socket(v value) string {
	s := r.path(v)
	const longest = 107 // unix(7): sun_path is 108 bytes with the NUL
	if len(s) > longest {
		r.fail(v.node, "%s is too long for a socket: %d bytes, the limit is %d", v.key, len(s), longest)
	}
	return s
}

func (r *reader) number(v value, least, most int) int {
	n, err := strconv.Atoi(r.text(v))
	if err != nil || n < least || n > most {
		r.fail(v.node, "%s %q must be a number from %d to %d", v.key, v.node.Value, least, most)
		return least
	}
	return n
}

func (r *reader) duration(v value, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(r.text(v))
	if err != nil || d < least || d > most {
		r.fail(v.node, "%s %q must be a time from %v to %v, such as 10s or 1m30s", v.key, v.node.Value, least, most)
		return least
	}
	return d
}

// list are the elements of a list.
func (r *reader) list(v value) (list []value) {
	if v.node.Kind != yaml.SequenceNode {
		if v.node.Tag != "!!null" {
			r.fail(v.node, "%s is a list: [A, B]", v.key)
		}
		return nil
	}
	for _, n := range v.node.Content {
		list = append(list, value{v.key, n})
	}
	return list
}

// paths are rule files or the word builtin.
func (r *reader) paths(v value) (list []string) {
	for _, v := range r.list(v) {
		if s := r.text(v); s == rules.Builtin {
			list = append(list, s)
		} else {
			list = append(list, r.path(v))
		}
	}
	return list
}

func (r *reader) sets(v value) (list []string) {
	for _, v := range r.list(v) {
		list = append(list, r.word(v, rules.SetNames()...))
	}
	return list
}

// addresses are written as events have them.
func (r *reader) addresses(v value) (list []string) {
	for _, v := range r.list(v) {
		a, err := netip.ParseAddr(r.text(v))
		if err != nil || a.Zone() != "" {
			r.fail(v.node, "%s %q is not an address; it is one like 10.96.0.1 or fd00::1", v.key, v.node.Value)
			continue
		}
		list = append(list, a.Unmap().String())
	}
	return list
}

// selectors are maps with one member each.
func (r *reader) selectors(v value) (list []rules.Selector) {
	for _, v := range r.list(v) {
		for _, e := range r.mapping(v, []string{"enable", "disable"}) {
			s, err := rules.ParseSelector(r.text(e), e.key == "enable")
			if err != nil {
				r.fail(e.node, "%s %v", e.key, err)
			}
			list = append(list, s)
		}
	}
	return list
}

// threshold is a priority.
func (r *reader) threshold(v value) rules.Threshold {
	p, ok := rules.ParsePriority(r.text(v))
	if !ok {
		r.fail(v.node, "%s %q is unknown; it is %s", v.key, v.node.Value, rules.PriorityWords)
	}
	return rules.AtLeast(p)
}

func (r *reader) sinks(v value) (list []string) {
	for _, v := range r.list(v) {
		s := r.text(v)
		path, file := strings.CutPrefix(s, "file:")
		switch {
		case s == "stdout" || s == "stderr" || file && filepath.IsAbs(path):
			list = append(list, s)
		case file:
			r.fail(v.node, "sink %q must name an absolute path", s)
		default:
			r.fail(v.node, "sink %q is unknown; it is stdout, stderr or file:PATH", s)
		}
	}
	return list
}

func (r *reader) overrides(v value) (list []Override) {
	if v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!bool" {
		if on, _ := strconv.ParseBool(v.node.Value); on {
			return slices.Clone(overrides)
		}
		return nil
	}
	for _, v := range r.list(v) {
		list = append(list, Override(r.word(v, string(OverrideMode), string(OverrideLoss), string(OverrideRules))))
	}
	return list
}

// ruleSets are named sets. Their names are not those of embedded sets, which an
// annotation can add to the node's rules.
func (r *reader) ruleSets(v value) map[string]RuleSet {
	sets := make(map[string]RuleSet)
	for _, e := range r.entries(v) {
		if slices.Contains(rules.SetNames(), e.key) || strings.ContainsAny(e.key, ", /") || e.key == "" {
			r.fail(e.at, "a rule set can't be called %q: that is an embedded set, or it holds a comma, a space or a slash", e.key)
			continue
		}
		var s RuleSet
		for _, v := range r.mapping(e.value, []string{"rules", "sets", "select"}) {
			switch v.key {
			case "rules":
				s.Rules = r.paths(v)
			case "sets":
				s.Sets = r.sets(v)
			case "select":
				s.Select = r.selectors(v)
			}
		}
		sets[e.key] = s
	}
	return sets
}
