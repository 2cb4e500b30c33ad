package falco

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
)

// item is one element of a rule file.
type item struct {
	file *source.File
	node *yaml.Node
	kind string // rule, macro, list, another key that only Falco has, or ""
	name string
	keys []*yaml.Node // of the mapping, each with its value behind it
	last int          // line

	falco    bool // written for Falco
	replaced int  // line of a later definition in the file, which holds instead
}

// ownKinds are the items that only Falco's files have.
var ownKinds = []string{"required_engine_version", "required_plugin_versions"}

// sharedKinds are those that callgate's have too.
var sharedKinds = []string{"rule", "macro", "list"}

var itemKinds = slices.Concat(sharedKinds, ownKinds)

// itemsOf reads the items of a file. What YAML can't read is reported when the
// file is loaded.
func itemsOf(f *source.File) (all []*item) {
	documents, mistake := f.Documents()
	if mistake != nil {
		return nil
	}
	for _, doc := range documents {
		if doc.Kind != yaml.SequenceNode {
			continue
		}
		for _, n := range doc.Content {
			it := &item{file: f, node: n, last: f.Lines()}
			if len(all) > 0 {
				all[len(all)-1].last = it.first() - 1
			}
			if n.Kind == yaml.MappingNode {
				it.keys = n.Content
			}
			for _, kind := range itemKinds {
				if v := it.value(kind); v != nil && it.kind == "" {
					it.kind, it.name = kind, v.Value
				}
			}
			all = append(all, it)
		}
	}
	return all
}

// value is the value of a key, nil if the item does not have it.
func (it *item) value(key string) *yaml.Node {
	for i := 0; i+1 < len(it.keys); i += 2 {
		if it.keys[i].Value == key {
			return it.keys[i+1]
		}
	}
	return nil
}

// title is how notes call the item.
func (it *item) title() string {
	if !slices.Contains(sharedKinds, it.kind) {
		return ""
	}
	return it.kind + " " + strings.TrimSpace(it.name)
}

// changes reports whether the item adds to an earlier one, or changes it.
func (it *item) changes() bool {
	old := it.value("append")
	return it.value("override") != nil || old != nil && old.Value == "true" ||
		it.kind == "rule" && len(it.keys) == 4 && it.value("enabled") != nil
}

// position is where the item's first key stands.
func (it *item) position() source.Position { return it.file.At(it.node.Line, it.node.Column) }

// first is the line on which the item's dash stands.
func (it *item) first() int {
	line := it.node.Line
	for n := line; n > 0; n-- {
		text := strings.TrimSpace(it.file.Line(n))
		if strings.HasPrefix(text, "-") {
			return n
		}
		if n < line && text != "" && !strings.HasPrefix(text, "#") {
			break
		}
	}
	return line
}

// end is the last line of a key and its value, by its index in keys; comments
// before the next one included.
func (it *item) end(key int) int {
	if key+2 < len(it.keys) {
		return it.keys[key+2].Line - 1
	}
	return it.last
}
