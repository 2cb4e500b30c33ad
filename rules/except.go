package rules

import (
	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/source"
)

// except builds the part of a rule's condition that its exceptions are: none of
// them fits. It is nil when there is none.
func (l *loader) except(d *ruleDef) condition.Expr {
	var tuples condition.Or
	size := 0
	for _, e := range d.exceptions {
		if list, _ := condition.Comparator(e.comps[0]); e.single && list {
			// One field and a list: the values are the list's items.
			if x := l.singleList(e); x != nil {
				tuples = append(tuples, x)
			}
			continue
		}
		for _, v := range e.values {
			if size > condition.MaxNodes {
				l.fail(v.file, v.node, "the exceptions of rule %q have more than %d nodes", d.name, condition.MaxNodes)
				return nil
			}
			if x := l.tuple(e, v); x != nil {
				tuples = append(tuples, x)
				size += x.Size()
			}
		}
	}
	if len(tuples) == 0 {
		return nil
	}
	return condition.Not{X: tuples}
}

func (l *loader) singleList(e *exceptionDef) condition.Expr {
	if len(e.values) == 0 {
		return nil
	}
	var items []condition.Item
	for _, v := range e.values {
		more, ok := l.valueItems(v.file, v.node)
		if !ok {
			return nil
		}
		items = append(items, more...)
	}
	return l.exceptionTest(e, 0, items, e.values[0])
}

// tuple builds the test of one tuple of values.
func (l *loader) tuple(e *exceptionDef, v valueNode) condition.Expr {
	nodes := v.node.Content
	if e.single {
		nodes = []*yaml.Node{v.node}
	} else if v.node.Kind != yaml.SequenceNode || len(nodes) != len(e.fields) {
		l.fail(v.file, v.node, "a tuple of exception %s has %d values", e.name, len(e.fields))
		return nil
	}
	var all condition.And
	for i, n := range nodes {
		items, ok := l.tupleItems(e.comps[i], v.file, n)
		if !ok {
			return nil
		}
		x := l.exceptionTest(e, i, items, valueNode{v.file, n})
		if x == nil {
			return nil
		}
		all = append(all, x)
	}
	return all
}

func (l *loader) tupleItems(comp string, f *source.File, n *yaml.Node) ([]condition.Item, bool) {
	if list, _ := condition.Comparator(comp); list {
		return l.valueItems(f, n)
	}
	item, ok := l.literal(f, n)
	return []condition.Item{item}, ok
}

// valueItems are the items of a value that may be a list, or a list's name.
func (l *loader) valueItems(f *source.File, n *yaml.Node) ([]condition.Item, bool) {
	if n.Kind == yaml.SequenceNode {
		var items []condition.Item
		for _, c := range n.Content {
			more, ok := l.valueItems(f, c)
			if !ok {
				return nil, false
			}
			items = append(items, more...)
		}
		return items, true
	}
	if list := l.lists[n.Value]; list != nil && isPlain(n) {
		l.resolveList(list)
		return list.list.Items, list.err == nil
	}
	item, ok := l.literal(f, n)
	return []condition.Item{item}, ok
}

func (l *loader) exceptionTest(e *exceptionDef, i int, items []condition.Item, at valueNode) condition.Expr {
	x, err := condition.NewTest(e.fields[i], e.comps[i], items)
	if err != nil {
		l.fail(at.file, at.node, "exception %s: %v", e.name, err)
		return nil
	}
	return x
}
