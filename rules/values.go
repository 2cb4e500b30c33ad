package rules

import (
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/source"
)

// text is the text under a key; false when it is not there or not a text.
func (l *loader) text(it *item, key string) (source.Text, bool) {
	n := it.keys[key]
	switch {
	case n == nil:
		return source.Text{}, false
	case n.Kind != yaml.ScalarNode:
		l.fail(it.file, n, "%s is a text, not a list or a map", key)
		return source.Text{}, false
	case n.Tag == "!!null":
		l.fail(it.file, it.at[key], "%s is empty", key)
		return source.Text{}, false
	}
	return source.NewText(it.file, n), true
}

// boolean is the truth value under a key.
func (l *loader) boolean(it *item, key string) (value, ok bool) {
	n := it.keys[key]
	if n == nil {
		return false, false
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		l.fail(it.file, n, "%s is true or false", key)
		return false, false
	}
	value, err := strconv.ParseBool(n.Value)
	return value, err == nil
}

// elements are the elements of the list under a key.
func (l *loader) elements(it *item, key string) ([]*yaml.Node, bool) {
	n := it.keys[key]
	switch {
	case n == nil:
		return nil, false
	case n.Kind != yaml.SequenceNode:
		l.fail(it.file, n, "%s is a list: [A, B]", key)
		return nil, false
	}
	return n.Content, true
}

// literal is one item of a list or of an exception's values.
func (l *loader) literal(f *source.File, n *yaml.Node) (condition.Item, bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		l.fail(f, n, "a text or a number is expected, not a list or a map")
		return condition.Item{}, false
	case n.Tag == "!!null" || n.Value == "":
		l.fail(f, n, "empty item")
		return condition.Item{}, false
	}
	it := condition.Item{Text: n.Value}
	// 0755 is octal to some and decimal to others: it is a text here.
	if n.Tag == "!!int" && !condition.LeadingZero(n.Value) {
		v, err := strconv.ParseInt(n.Value, 0, 64)
		it.Number, it.IsNumber = int(v), err == nil
	}
	return it, true
}

// isPlain reports whether a scalar is written without quotes: only then can it
// be the name of a list.
func isPlain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode &&
		n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}
