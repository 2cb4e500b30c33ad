package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/schema"
)

// keyDocs is what the keys of rules, macros and lists mean, as
// docs/rules-language.md has it.
var keyDocs = map[string]string{
	"rule":       "its name, unique",
	"desc":       "what it means, for people",
	"condition":  "when it matches",
	"output":     "the message: `%FIELD` and `%FIELD[INDEX]` stand for values, `%%` for a percent sign; in a pod its name and namespace follow, unless `%k8s.pod.name` is there",
	"priority":   "emergency, alert, critical, error, warning, notice, informational, debug",
	"action":     "`log` (default), `deny` or `kill` (SIGKILL to the calling process)",
	"errno":      "what a denied call returns, by name; EPERM unless said otherwise",
	"tags":       "words that go into the alert",
	"enabled":    "`false` switches the rule off",
	"source":     "`syscall`, and nothing else: files for Falco may have it",
	"exceptions": "when it does not match after all: a list of `name`, `fields`, `comps`, `values`, as in Falco; see below",
	"override":   "what is done to each key of the earlier item of this name: `append` or `replace`; see below",
	"append":     "Falco's old form of `override`",
	"macro":      "the name by which conditions use it",
	"list":       "the name by which conditions and lists use it",
	"items":      "texts, numbers, and names of other lists",
}

// Schema is the JSON Schema of rule files. What it refuses the loader refuses
// too; the loader knows more: fields, conditions and what other files define.
func Schema() schema.Object {
	defs := schema.Object{}
	for _, kind := range kinds {
		defs[kind] = itemSchema(kind)
	}
	defs["literal"] = schema.AnyOf(schema.Object{"type": "string", "minLength": 1}, schema.Object{"type": []string{"number", "boolean"}})
	defs["value"] = schema.AnyOf(schema.Object{"$ref": "#/$defs/literal"}, schema.List(schema.Object{"$ref": "#/$defs/value"}))
	return schema.Object{
		"$schema": schema.Draft,
		"title":   "callgate rule file",
		"$defs":   defs,
		"type":    []string{"array", "null"},
		"items":   itemKind(),
	}
}

// itemKind chooses the schema of an item by the key that tells its kind, so that
// an editor speaks of that kind only.
func itemKind() schema.Object {
	choice := schema.Object{"anyOf": schema.HaveOneOf(kinds)}
	for _, kind := range slices.Backward(kinds) {
		choice = schema.Object{"if": schema.Have(kind), "then": schema.Object{"$ref": "#/$defs/" + kind}, "else": choice}
	}
	choice["type"] = "object"
	return choice
}

// itemSchema is the schema of one kind of items.
func itemSchema(kind string) schema.Object {
	keys := schema.Object{kind: schema.Described(schema.Name, keyDocs[kind])}
	var own []string // what an override can name
	for _, key := range schemas[kind] {
		if key != kind && key != "override" && key != "append" {
			own = append(own, key)
			keys[key] = schema.Described(keySchema(key), keyDocs[key])
		}
	}
	keys["append"] = schema.Described(schema.Object{"type": "boolean"}, keyDocs["append"])
	keys["override"] = schema.Described(overrideSchema(own), keyDocs["override"])
	o := schema.Map(keys, kind)
	o["allOf"] = append(overrideNames(own), schema.Object{
		"if": schema.Have("override"), "then": schema.Object{"properties": schema.Object{"append": schema.Object{"const": false}}},
		"else": schema.Object{
			"if":   schema.Object{"required": []string{"append"}, "properties": schema.Object{"append": schema.Object{"const": true}}},
			"then": schema.Object{"propertyNames": schema.Words(append([]string{kind, "append"}, appendedOf(own)...)...)},
			"else": definitionSchema(kind),
		},
	})
	return o
}

// appendedOf are the keys that append: true is about.
func appendedOf(keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !slices.Contains(oldAppendable, key) })
}

// definitionSchema is what holds of an item that changes no earlier one.
func definitionSchema(kind string) schema.Object {
	switch kind {
	case "macro":
		return schema.Have("condition")
	case "list":
		return schema.Have("items")
	}
	whole := schema.Have(required...)
	whole["properties"] = schema.Object{"exceptions": schema.Object{"items": schema.Have("fields")}}
	whole["dependentSchemas"] = schema.Object{"errno": schema.Object{
		"required": []string{"action"}, "properties": schema.Object{"action": schema.Object{"const": Deny.String()}},
	}}
	return schema.Object{
		"if":   schema.Object{"required": []string{"enabled"}, "maxProperties": 2}, // it only switches the rule
		"then": true, "else": whole,
	}
}

// overrideSchema says how each key can be changed.
func overrideSchema(own []string) schema.Object {
	keys := schema.Object{}
	for _, key := range own {
		how := []string{"replace"}
		if slices.Contains(appendable, key) {
			how = append(how, "append")
		}
		keys[key] = schema.Words(how...)
	}
	return schema.Map(keys)
}

// overrideNames says that override names each key that the item has, and only
// those.
func overrideNames(own []string) (rules []schema.Object) {
	for _, key := range own {
		named := schema.Object{"override": schema.Object{"required": []string{key}}}
		rules = append(rules, schema.Object{
			"if":   schema.Object{"required": []string{"override"}, "properties": named},
			"then": schema.Have(key),
			"else": schema.Object{"not": schema.Have(key, "override")},
		})
	}
	return rules
}

// keySchema is the schema of a key's value.
func keySchema(key string) schema.Object {
	literal := schema.Object{"$ref": "#/$defs/literal"}
	switch key {
	case "priority":
		return prioritySchema()
	case "action":
		return schema.Words(actionNames...)
	case "errno":
		return schema.Words(errnoNames()...)
	case "source":
		return schema.Words("syscall")
	case "enabled":
		return schema.Object{"type": "boolean"}
	case "tags", "items":
		return schema.List(literal)
	case "exceptions":
		return schema.List(exceptionSchema())
	}
	return schema.Scalar
}

// prioritySchema offers the priorities and takes them in any case.
func prioritySchema() schema.Object {
	words := []string{"info"}
	for _, name := range priorityNames {
		words = append(words, strings.ToLower(name))
	}
	var patterns []string
	for _, word := range words {
		patterns = append(patterns, anyCase(word))
	}
	return schema.AnyOf(schema.Words(words[1:]...), schema.Object{"type": "string", "pattern": "^(" + strings.Join(patterns, "|") + ")$"})
}

// anyCase is a regular expression of a word in any case; those of JSON Schema
// have no flags.
func anyCase(word string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(word) {
		b.WriteString("[" + strings.ToUpper(string(r)) + string(r) + "]")
	}
	return b.String()
}

func exceptionSchema() schema.Object {
	oneOrMore := func(o schema.Object) schema.Object {
		list := schema.List(o)
		list["minItems"] = 1
		return schema.AnyOf(o, list)
	}
	return schema.Map(schema.Object{
		"name":   schema.Name,
		"fields": oneOrMore(schema.Object{"type": "string", "minLength": 1}),
		"comps":  oneOrMore(compSchema()),
		"values": schema.List(schema.Object{"$ref": "#/$defs/value"}),
	}, "name")
}

// compSchema offers the comparisons, and takes other names of them and the
// quantifiers in any case.
func compSchema() schema.Object {
	quantifiers := []string{"anyof", "allof", "oneof"}
	var offered, alone, quantified []string
	for _, name := range condition.Comparators() {
		for _, word := range append([]string{""}, quantifiers...) {
			if comp := strings.TrimSpace(name + " " + word); known(comp) {
				offered = append(offered, comp)
			}
		}
	}
	for _, name := range condition.ComparatorNames() {
		if alone = append(alone, regexp.QuoteMeta(name)); known(name + " anyof") {
			quantified = append(quantified, regexp.QuoteMeta(name))
		}
	}
	for i, word := range quantifiers {
		quantifiers[i] = anyCase(word)
	}
	pattern := `^\s*((` + strings.Join(alone, "|") + `)|(` + strings.Join(quantified, "|") + `)\s+(` + strings.Join(quantifiers, "|") + `))\s*$`
	return schema.AnyOf(schema.Words(offered...), schema.Object{"type": "string", "pattern": pattern})
}

func known(comp string) bool {
	_, ok := condition.Comparator(comp)
	return ok
}
