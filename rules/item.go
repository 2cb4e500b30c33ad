package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
	"github.com/callgate/callgate/rules/suggest"
)

// schemas are the kinds of items in a rule file and the keys that each may have.
var schemas = map[string][]string{
	"rule": {
		"rule", "desc", "condition", "output", "priority", "action", "errno", "tags", "enabled", "source",
		"exceptions", "override", "append",
	},
	"macro": {"macro", "condition", "override", "append"},
	"list":  {"list", "items", "override", "append"},
}

var kinds = []string{"rule", "macro", "list"}

// item is one element of a rule file: a rule, a macro or a list.
type item struct {
	file *source.File
	kind string
	name string
	pos  Position
	keys map[string]*yaml.Node // the values
	at   map[string]*yaml.Node // the keys themselves
}

func position(f *source.File, n *yaml.Node) Position {
	return f.At(n.Line, n.Column)
}

func (l *loader) fail(f *source.File, n *yaml.Node, format string, args ...any) {
	l.mistakes = append(l.mistakes, f.Mistake(position(f, n), format, args...))
}

// items parses a file. After a syntax error the documents before it count.
func (l *loader) items(f *source.File) (items []item) {
	documents, mistake := f.Documents()
	for _, doc := range documents {
		items = append(items, l.document(f, doc)...)
	}
	if mistake != nil {
		l.mistakes = append(l.mistakes, mistake)
	}
	return items
}

func (l *loader) document(f *source.File, root *yaml.Node) (items []item) {
	if root.Tag == "!!null" {
		return nil // only comments
	}
	if root.Kind != yaml.SequenceNode {
		l.fail(f, root, "a rule file is a list of rules, macros and lists, each beginning with a dash")
		return nil
	}
	for _, n := range root.Content {
		if it, ok := l.item(f, n); ok {
			items = append(items, it)
		}
	}
	return items
}

func (l *loader) item(f *source.File, n *yaml.Node) (item, bool) {
	it := item{file: f, keys: make(map[string]*yaml.Node), at: make(map[string]*yaml.Node)}
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		l.fail(f, n, "an item is a rule, a macro or a list: - rule: NAME")
		return it, false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			l.fail(f, key, "a key is a word")
		case it.at[key.Value] != nil:
			l.fail(f, key, "key %s stands twice in this item", key.Value)
		case source.HasAlias(value):
			l.fail(f, value, "YAML aliases are not supported here; use a list or a macro")
			it.at[key.Value] = key
		default:
			it.keys[key.Value], it.at[key.Value] = value, key
		}
	}
	for _, kind := range kinds {
		if it.keys[kind] != nil {
			it.kind = kind
			return it, l.checkItem(&it)
		}
	}
	l.fail(f, n.Content[0], "an item is a rule, a macro or a list; this one has none of these keys%s", suggest.Hint(n.Content[0].Value, kinds))
	return it, false
}

// checkItem reports unknown keys and takes the name.
func (l *loader) checkItem(it *item) bool {
	for _, key := range sortedKeys(it.at) {
		if !slices.Contains(schemas[it.kind], key) {
			l.fail(it.file, it.at[key], "a %s has no key %s%s", it.kind, key, suggest.Hint(key, schemas[it.kind]))
		}
	}
	n := it.keys[it.kind]
	it.pos = position(it.file, n)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		l.fail(it.file, n, "the name of a %s is a text", it.kind)
		return false
	}
	it.name = n.Value
	return true
}

// sortedKeys are the keys in the order in which they were written.
func sortedKeys(at map[string]*yaml.Node) []string {
	keys := make([]string, 0, len(at))
	for k := range at {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := at[a].Line - at[b].Line; d != 0 {
			return d
		}
		return at[a].Column - at[b].Column
	})
	return keys
}
