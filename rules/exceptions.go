package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/source"
	"github.com/callgate/callgate/rules/suggest"
)

// exceptionDef is one exception of a rule, in Falco's shape: fields, how each
// is compared, and tuples of values; a tuple that fits excepts the event.
type exceptionDef struct {
	name   string
	file   *source.File
	single bool // fields is one field, and each value one that it is compared with
	fields []condition.Operand
	comps  []string
	values []valueNode
}

type valueNode struct {
	file *source.File
	node *yaml.Node
}

var exceptionKeys = []string{"name", "fields", "comps", "values"}

func (l *loader) setExceptions(d *ruleDef, it *item, how change) {
	nodes, ok := l.elements(it, "exceptions")
	if !ok {
		return
	}
	if how != appended {
		d.exceptions = nil
	}
	seen := make(map[string]bool)
	for _, n := range nodes {
		keys, ok := l.exceptionMap(it.file, n)
		if !ok {
			continue
		}
		name := keys["name"].Value
		if seen[name] {
			l.fail(it.file, keys["name"], "exception %s stands twice in this rule", name)
			continue
		}
		seen[name] = true
		l.setException(d, it.file, name, keys)
	}
}

// exceptionMap reads the keys of one exception.
func (l *loader) exceptionMap(f *source.File, n *yaml.Node) (map[string]*yaml.Node, bool) {
	if n.Kind != yaml.MappingNode {
		l.fail(f, n, "an exception is a map with name, fields, comps and values")
		return nil, false
	}
	keys := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(exceptionKeys, key.Value) {
			l.fail(f, key, "an exception has no key %s%s", key.Value, suggest.Hint(key.Value, exceptionKeys))
		}
		keys[key.Value] = n.Content[i+1]
	}
	if name := keys["name"]; name == nil || name.Kind != yaml.ScalarNode || name.Value == "" {
		l.fail(f, n, "an exception has a name")
		return nil, false
	}
	return keys, true
}

func (l *loader) setException(d *ruleDef, f *source.File, name string, keys map[string]*yaml.Node) {
	i := slices.IndexFunc(d.exceptions, func(e *exceptionDef) bool { return e.name == name })
	var e *exceptionDef
	switch {
	case i < 0:
		e = &exceptionDef{name: name, file: f}
		if !l.setFields(e, f, keys) || !l.setComps(e, f, keys) {
			return
		}
		d.exceptions = append(d.exceptions, e)
	case keys["fields"] != nil || keys["comps"] != nil:
		l.fail(f, keys["name"], "exception %s has its fields already; append values only", name)
		return
	default:
		e = d.exceptions[i]
	}
	values := keys["values"]
	switch {
	case values == nil:
	case values.Kind != yaml.SequenceNode:
		l.fail(f, values, "values is a list")
	default:
		for _, v := range values.Content {
			e.values = append(e.values, valueNode{f, v})
		}
	}
}

func (l *loader) setFields(e *exceptionDef, f *source.File, keys map[string]*yaml.Node) bool {
	n := keys["fields"]
	if n == nil {
		l.fail(f, keys["name"], "exception %s has no fields", e.name)
		return false
	}
	nodes := n.Content
	if n.Kind == yaml.ScalarNode {
		e.single, nodes = true, []*yaml.Node{n}
	}
	ok := len(nodes) > 0
	if !ok {
		l.fail(f, n, "exception %s has no fields", e.name)
	}
	for _, n := range nodes {
		ref, err := condition.ParseOperand(n.Value)
		if err != nil {
			l.fail(f, n, "%v", err)
			ok = false
		}
		e.fields = append(e.fields, ref)
	}
	return ok
}

// setComps reads the comparisons; without any they are in for a single field,
// and = for each of several.
func (l *loader) setComps(e *exceptionDef, f *source.File, keys map[string]*yaml.Node) bool {
	n := keys["comps"]
	if n == nil {
		for range e.fields {
			e.comps = append(e.comps, map[bool]string{true: "in", false: "="}[e.single])
		}
		return true
	}
	nodes := n.Content
	if n.Kind == yaml.ScalarNode {
		nodes = []*yaml.Node{n}
	}
	if len(nodes) != len(e.fields) {
		l.fail(f, n, "exception %s has %d fields, but %d comps", e.name, len(e.fields), len(nodes))
		return false
	}
	ok := true
	for _, n := range nodes {
		if _, known := condition.Comparator(n.Value); !known {
			l.fail(f, n, "comparison %q is unknown; it is one of %s", n.Value, strings.Join(condition.Comparators(), ", "))
			ok = false
		}
		e.comps = append(e.comps, n.Value)
	}
	return ok
}
