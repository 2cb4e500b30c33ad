package falco

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
)

// exceptions rewrites the exceptions of a rule.
func (w *writer) exceptions(n *yaml.Node) {
	left := 0
	before := len(w.edits)
	for i, e := range n.Content {
		if e.Kind != yaml.MappingNode {
			continue
		}
		ex := &item{file: w.it.file, node: e, keys: e.Content, last: w.endOf(n, i)}
		if reason := w.exception(ex); reason != "" {
			w.note(e, "this exception is left out: %s", reason)
			w.edits = append(w.edits, ex.file.Comment(ex.first(), ex.last)...)
			left++
		}
	}
	if left > 0 && left == len(n.Content) {
		w.edits = w.edits[:before]
		w.cutValue(n)
	}
}

// cutValue takes out a key by its value.
func (w *writer) cutValue(n *yaml.Node) {
	for i := 1; i < len(w.it.keys); i += 2 {
		if w.it.keys[i] == n {
			w.cut(i - 1)
		}
	}
}

// endOf is the last line of an element of a rule's exceptions.
func (w *writer) endOf(n *yaml.Node, i int) int {
	if i+1 < len(n.Content) {
		return n.Content[i+1].Line - 1
	}
	for k := 0; k+1 < len(w.it.keys); k += 2 {
		if w.it.keys[k+1] == n {
			return w.it.end(k)
		}
	}
	return n.Line
}

// exception rewrites one exception, or says why that is not possible.
func (w *writer) exception(ex *item) (reason string) {
	before := len(w.edits)
	fields, comps := ex.value("fields"), ex.value("comps")
	for i, f := range scalars(fields) {
		if reason == "" {
			reason = w.exceptionField(f, comps, i)
		}
	}
	for _, c := range scalars(comps) {
		if _, ok := condition.Comparator(c.Value); !ok && reason == "" {
			reason = "callgate has no comparison " + c.Value + " for exceptions"
		}
	}
	if reason != "" {
		w.edits = w.edits[:before]
		return reason
	}
	if v := ex.value("values"); v != nil {
		w.list(v)
	}
	return ""
}

// exceptionField rewrites a field of an exception, or says why it can't be had.
func (w *writer) exceptionField(n, comps *yaml.Node, i int) (reason string) {
	p := parser{scanner{text: []rune(n.Value)}}
	o, err := p.operand()
	if err != nil || p.at < len(p.text) {
		return n.Value + " is not a field"
	}
	text, _, _, err := (&rewriter{names: w.names}).operand(o)
	switch {
	case err != nil:
		return err.Error()
	case isResult(o.Field, nil):
		return n.Value + " is a result, and there is none before the call"
	}
	if text = strings.ReplaceAll(text, `"`, ""); o.Transformer == "" && text != n.Value {
		w.whole(n, `"`+text+`"`)
	}
	if networks[text] {
		return w.networkComp(comps, i)
	}
	return ""
}

// networkComp has an address compared with networks.
func (w *writer) networkComp(comps *yaml.Node, i int) string {
	all := scalars(comps)
	if i >= len(all) {
		return "it compares an address with networks and has no comps"
	}
	w.whole(all[i], "cidr")
	return ""
}

func (w *writer) whole(n *yaml.Node, text string) {
	if e, ok := w.it.file.Whole(n, text); ok {
		w.edits = append(w.edits, e)
	}
}

// scalars are a scalar itself, or those of a list.
func scalars(n *yaml.Node) (all []*yaml.Node) {
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode:
		all = append(all, n)
	default:
		for _, c := range n.Content {
			if c.Kind == yaml.ScalarNode {
				all = append(all, c)
			}
		}
	}
	return all
}
