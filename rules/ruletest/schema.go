package ruletest

import (
	"maps"
	"regexp"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/schema"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Schema is the JSON Schema of files of tests. What it refuses is a mistake to
// Read and Run too; they know more, such as the arguments that a call has.
func Schema() schema.Object {
	texts := schema.List(schema.Scalar)
	command := schema.List(schema.Scalar)
	command["minItems"] = 1
	value := map[string]schema.Object{
		"rules": texts, "sets": schema.List(schema.Words(rules.SetNames()...)),
		"mode":  schema.Words(rules.Monitor.String(), rules.Enforce.String()),
		"tests": {"type": "array", "minItems": 1, "items": schema.Object{"$ref": "#/$defs/test"}},
		"test":  schema.Name, "event": {"$ref": "#/$defs/event"}, "run": command, "recording": schema.Scalar,
		"fires":  schema.List(schema.AnyOf(schema.Scalar, schema.Object{"$ref": "#/$defs/expectation"})),
		"silent": texts,
		"rule":   schema.Name, "verdict": schema.Words(verdicts...), "fields": {"type": "object"},
	}
	of := func(keys []string) schema.Object {
		o := schema.Object{}
		for _, key := range keys {
			o[key] = value[key]
		}
		return o
	}
	test := schema.Map(of(testKeys), "test")
	test["oneOf"] = schema.HaveOneOf(sourceKeys)
	test["anyOf"] = schema.HaveOneOf([]string{"fires", "silent"})
	file := schema.Map(of(fileKeys), "tests")
	file["$schema"], file["title"] = schema.Draft, "callgate rule tests"
	defs := schema.Object{"test": test, "event": eventSchema(), "expectation": schema.Map(of(expectationKeys), "rule")}
	maps.Copy(defs, valueDefs)
	file["$defs"] = defs
	return file
}

// eventSchema has every field that an event can be given.
func eventSchema() schema.Object {
	fields, elements := schema.Object{}, schema.Object{}
	for _, f := range event.Fields() {
		if f.Instead != "" {
			continue // a result: no event has it
		}
		one := schema.Object{"$ref": "#/$defs/" + f.Type.String()}
		list := schema.List(one)
		switch f.Index {
		case event.NoIndex:
			fields[f.Name] = schema.Described(one, f.Doc)
		case event.NameIndex:
			for id := range syscalls.NumArgs {
				fields[f.Name+"."+syscalls.ArgName(id)] = one
			}
		case event.IntIndex:
			list["maxItems"] = event.Depth
			list["type"] = []string{"array", "null"}
			fields[f.Name] = schema.Described(list, f.Doc)
			elements["^"+regexp.QuoteMeta(f.Name)+`\[[-+]?[0-9]+\]$`] = one
		case event.KeyIndex:
			// Whole lists, of texts or of pairs of them: what they hold is Set's to check.
			fields[f.Name] = schema.Described(schema.Object{"type": []string{"array", "null"}}, f.Doc)
			elements["^"+regexp.QuoteMeta(f.Name)+`\[`] = schema.Object{"type": "null"}
		}
	}
	fields["evt.type"] = schema.Words(syscalls.Types()...)
	o := schema.Map(fields, "evt.type")
	o["patternProperties"] = elements
	return o
}

// valueDefs are what fields of each type take; null leaves one missing, and a
// text that is no UTF-8 is {base64: TEXT}.
var valueDefs = schema.Object{
	event.String.String(): schema.AnyOf(schema.Object{"type": []string{"string", "null"}},
		schema.Map(schema.Object{"base64": schema.Object{"type": "string"}}, "base64")),
	event.Int.String():  schema.Object{"type": []string{"integer", "null"}},
	event.Bool.String(): schema.Object{"type": []string{"boolean", "null"}},
}
