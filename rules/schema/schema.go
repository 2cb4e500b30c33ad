// Package schema writes JSON Schemas (draft 2020-12), by which editors complete
// and check the files that callgate reads.
package schema

import (
	"bytes"
	"encoding/json"
)

// Object is a schema, or a part of one.
type Object map[string]any

// Draft is the dialect of all schemas.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// Scalar is what YAML gives for a text without quotes: true and 5 are texts too,
// where one is expected.
var Scalar = Object{"type": []string{"string", "number", "boolean"}}

// Name is a scalar that is not empty.
var Name = Object{"type": []string{"string", "number", "boolean"}, "pattern": `\S`}

// Words is one of some words.
func Words(words ...string) Object { return Object{"enum": words} }

// List is a list of elements of one kind.
func List(of Object) Object { return Object{"type": "array", "items": of} }

// Map is a map that has these keys only.
func Map(keys Object, required ...string) Object {
	o := Object{"type": "object", "properties": keys, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

// Have holds of a map that has all of some keys.
func Have(keys ...string) Object { return Object{"required": keys} }

// HaveOneOf is for anyOf and oneOf: a schema for each key, of maps that have it.
func HaveOneOf(keys []string) (some []Object) {
	for _, key := range keys {
		some = append(some, Have(key))
	}
	return some
}

// AnyOf holds of what one of the schemas holds of.
func AnyOf(some ...Object) Object { return Object{"anyOf": some} }

// Described is a schema with what editors show of it.
func Described(o Object, text string) Object {
	with := Object{"description": text}
	for key, value := range o {
		with[key] = value
	}
	return with
}

// Text is the schema as a file.
func (o Object) Text() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(o); err != nil {
		panic("schema: " + err.Error()) // maps, lists and texts always encode
	}
	return b.Bytes()
}
