package falco

import (
	"strconv"

	"go.yaml.in/yaml/v4"
)

// list rewrites the items of a list.
func (w *writer) list(n *yaml.Node) {
	for _, c := range n.Content {
		w.itemText(c)
	}
}

// itemText rewrites a literal in YAML: Falco wants quotes of its own around some
// texts, and takes a text in YAML's quotes for the name of a list all the same.
func (w *writer) itemText(n *yaml.Node) {
	if n.Kind == yaml.SequenceNode {
		w.list(n)
		return
	}
	text, quoted := unquote(n.Value)
	isPlain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	_, isList := w.names.lists[n.Value]
	var to string
	switch {
	case quoted:
		to = strconv.Quote(text)
	case isList && (!isPlain || w.names.native(n.Value) != n.Value) && n.Value != w.it.name:
		to = w.names.native(n.Value)
	default:
		return
	}
	if e, ok := w.it.file.Whole(n, to); ok {
		w.edits = append(w.edits, e)
	}
}
