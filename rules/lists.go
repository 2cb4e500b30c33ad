package rules

import (
	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/source"
)

// maxItems bounds the items of all lists together, after expansion.
const maxItems = 1 << 20

// listDef is a list.
type listDef struct {
	name  string
	file  *source.File
	items []listItem
	state progress
	list  condition.List
	err   error
}

type listItem struct {
	file *source.File
	node *yaml.Node
}

func (l *loader) addList(it *item) {
	nodes, ok := l.elements(it, "items")
	old := l.lists[it.name]
	mode := l.change(it, "items", old != nil)
	items := make([]listItem, len(nodes))
	for i, n := range nodes {
		items[i] = listItem{it.file, n}
	}
	switch {
	case !l.checkName(it) || !ok && it.at["items"] != nil || mode == broken:
	case !ok:
		l.fail(it.file, it.keys[it.kind], "list %s has no items; an empty list is items: []", it.name)
	case mode == appended:
		old.items = append(old.items, items...)
	case mode == replaced:
		old.items = items
	case old != nil && old.file == it.file:
		l.fail(it.file, it.keys[it.kind], "list %s is defined twice in this file", it.name)
	default:
		l.lists[it.name] = &listDef{name: it.name, file: it.file, items: items}
	}
}

// extend appends texts, which are no names of lists.
func (d *listDef) extend(texts []string) {
	for _, text := range texts {
		d.items = append(d.items, listItem{d.file, &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Tag: "!!str", Value: text}})
	}
}

// resolveList expands the lists that a list names, each item once.
func (l *loader) resolveList(d *listDef) {
	if d.state != pending {
		return
	}
	d.state = underway
	seen := make(map[condition.Item]bool)
	for _, it := range d.items {
		for _, item := range l.expand(it, d) {
			if !seen[item] && l.listItems < maxItems {
				seen[item] = true
				d.list.Items = append(d.list.Items, item)
				l.listItems++
			}
		}
		if l.listItems >= maxItems && d.err == nil {
			l.fail(it.file, it.node, "the lists have more than %d items in all", maxItems)
			d.err = condition.ErrBroken
		}
	}
	d.state = resolved
}

func (l *loader) expand(it listItem, d *listDef) []condition.Item {
	// A list may have an item of its own name: that is a text.
	if inner := l.lists[it.node.Value]; inner != nil && inner != d && isPlain(it.node) {
		if inner.state == underway {
			l.fail(it.file, it.node, "list %s contains itself, through %s", inner.name, d.name)
			d.err = condition.ErrBroken
			return nil
		}
		l.resolveList(inner)
		if inner.err != nil {
			d.err = inner.err
		}
		return inner.list.Items
	}
	item, ok := l.literal(it.file, it.node)
	if !ok {
		d.err = condition.ErrBroken
		return nil
	}
	return []condition.Item{item}
}
