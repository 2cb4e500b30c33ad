// Package format writes rule files in one form, so that people need not talk
// about it: an item's keys in one order, two spaces, a blank line between items.
// Comments, the order of items and what each item means stay as they are.
package format

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
)

// errChanged is for YAML in a form that lines can't be moved in.
var errChanged = errors.New("its YAML is in a form that can't be rewritten line by line")

// Format is the file in the common form; order tells which keys come first in an
// item, and in which order. What it would change the meaning of it refuses. The
// file must be one that loads.
func Format(f *source.File, order []string) (string, error) {
	text := layOut(f, order)
	g, mistake := source.NewFile(f.Name, f.Set, []byte(text))
	if mistake != nil {
		return "", mistake
	}
	before, _ := f.Documents()
	after, mistake := g.Documents()
	if mistake != nil || !slices.EqualFunc(before, after, sameDocument) {
		return "", errChanged
	}
	// What is formatted is left alone: otherwise a second run would differ.
	if layOut(g, order) != text {
		return "", errChanged
	}
	return text, nil
}

// layOut brings the items of a file in form, one after the other, and what
// stands between them.
func layOut(f *source.File, order []string) string {
	roots, _ := f.Documents()
	w := writer{order: order}
	at := 1 // the first line that is not written yet
	for _, root := range roots {
		if root.Kind != yaml.SequenceNode || root.Style&yaml.FlowStyle != 0 {
			continue
		}
		for i, n := range root.Content {
			w.gap(lines(f, at, n.Line))
			end := f.Lines() + 1
			if i+1 < len(root.Content) {
				end = root.Content[i+1].Line
			} else if next := following(roots, root); next != nil && len(next.Content) > 0 {
				end = next.Content[0].Line
			}
			at = w.item(f, n, end)
		}
	}
	w.gap(lines(f, at, f.Lines()+1))
	return w.text()
}

// following is the root of the next document.
func following(roots []*yaml.Node, root *yaml.Node) *yaml.Node {
	if i := slices.Index(roots, root); i+1 < len(roots) {
		return roots[i+1]
	}
	return nil
}

// lines are those from one up to, but not including, another.
func lines(f *source.File, from, to int) (all []string) {
	for n := from; n < to; n++ {
		all = append(all, f.Line(n))
	}
	return all
}

func sameDocument(a, b *yaml.Node) bool {
	if a.Kind != yaml.SequenceNode {
		return same(a, b)
	}
	return b.Kind == a.Kind && slices.EqualFunc(a.Content, b.Content, sameItem)
}

// sameItem compares items, whose keys may stand in another order.
func sameItem(a, b *yaml.Node) bool {
	if a.Kind != yaml.MappingNode || b.Kind != a.Kind || len(a.Content) != len(b.Content) {
		return same(a, b)
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		j := 0
		for j < len(b.Content) && b.Content[j].Value != a.Content[i].Value {
			j += 2
		}
		if j >= len(b.Content) || !same(a.Content[i], b.Content[j]) || !same(a.Content[i+1], b.Content[j+1]) {
			return false
		}
	}
	return true
}

// same compares values; also whether a text is quoted, by which a word differs
// from the name of a list. Conditions may be folded: they are no words.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && a.Tag == b.Tag && a.Anchor == b.Anchor &&
		(a.Style == b.Style || strings.Contains(a.Value, " ")) && slices.EqualFunc(a.Content, b.Content, same)
}
