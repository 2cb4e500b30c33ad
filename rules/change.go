package rules

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// change is what an item does to a definition of the same name.
type change uint8

const (
	defined  change = iota // it is a definition of its own
	appended               // override: {KEY: append}, or append: true
	replaced               // override: {KEY: replace}
	broken                 // there is a mistake in how it says so
)

// appendable are the keys of rules to which something can be added; macros and
// lists have one key each.
var appendable = []string{"condition", "output", "desc", "tags", "exceptions", "items"}

// oldAppendable are the keys that append: true is about, Falco's old form.
var oldAppendable = []string{"condition", "exceptions", "items"}

// change tells what an item does to the key of an earlier definition.
func (l *loader) change(it *item, key string, exists bool) change {
	changes, ok := l.changes(it, exists)
	switch {
	case !ok:
		return broken
	case changes == nil:
		return defined
	}
	return changes[key]
}

// changes are what an item does to each key of an earlier definition; nil when
// it is a definition of its own.
func (l *loader) changes(it *item, exists bool) (map[string]change, bool) {
	changes, ok := l.overrides(it)
	if !ok {
		return nil, false
	}
	if old, isOld := l.boolean(it, "append"); isOld && old {
		if changes != nil {
			l.fail(it.file, it.at["append"], "append: true and override exclude each other")
			return nil, false
		}
		changes = map[string]change{}
		for key := range it.keys {
			if slices.Contains(oldAppendable, key) {
				changes[key] = appended
			}
		}
	} else if it.keys["append"] != nil && !isOld {
		return nil, false
	}
	if changes == nil {
		return nil, true
	}
	for _, key := range sortedKeys(it.at) {
		if _, known := changes[key]; !known && key != it.kind && key != "override" && key != "append" {
			l.fail(it.file, it.at[key], "key %s is neither appended nor replaced: name it under override", key)
			ok = false
		}
	}
	if !exists {
		l.fail(it.file, it.keys[it.kind], "there is no earlier %s of the name %s to change", it.kind, it.name)
		ok = false
	}
	return changes, ok
}

// overrides reads override: {KEY: append or replace}.
func (l *loader) overrides(it *item) (map[string]change, bool) {
	n := it.keys["override"]
	if n == nil {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		l.fail(it.file, n, "override is a map: {condition: append}")
		return nil, false
	}
	changes, ok := make(map[string]change), true
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, how := n.Content[i], n.Content[i+1]
		switch {
		case it.keys[key.Value] == nil || key.Value == it.kind || key.Value == "override" || key.Value == "append":
			l.fail(it.file, key, "override names %s, which this item does not have", key.Value)
			ok = false
		case how.Value == "append" && !slices.Contains(appendable, key.Value):
			l.fail(it.file, how, "%s can only be replaced", key.Value)
			ok = false
		case how.Value == "append":
			changes[key.Value] = appended
		case how.Value == "replace":
			changes[key.Value] = replaced
		default:
			l.fail(it.file, how, "override says append or replace")
			ok = false
		}
	}
	return changes, ok
}
