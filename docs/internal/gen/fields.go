package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// families are the headings of fields.md, by the first part of a field's name.
var families = map[string]string{
	"evt":       "The call",
	"proc":      "The process",
	"thread":    "The thread",
	"user":      "The user",
	"group":     "The group",
	"fd":        "The file or socket",
	"fs":        "The paths of a call",
	"container": "The container",
	"k8s":       "The pod",
}

var indexForms = map[event.IndexKind]string{event.IntIndex: "[n]", event.KeyIndex: "[NAME]", event.NameIndex: ".NAME"}

// stabilities say when a denial on the field is an enforce, and when only a
// best effort.
var stabilities = map[event.Stability]string{
	event.Stable:      "yes",
	event.Unstable:    "no",
	event.StableFlags: "not with openat2",
}

func writeFields(b *bytes.Buffer) error {
	b.WriteString(`# Fields

What conditions and outputs can use. The names are Falco's. A field that is not
known is shown as ` + "`<NA>`" + `, is null in JSON, and makes every comparison false,
` + "`!=`" + ` included; ` + "`has(FIELD)`" + ` asks whether it is known.

callgate judges a call before it takes effect: there are no results yet, and the
fields for them are of use in outputs alone ([below](#what-is-not-known-before-a-call)).
On execve and execveat ` + "`proc.*`" + ` is the program that is about to run.

*Stable* fields can't change between the decision and the kernel's use of them.
A rule that denies or kills on stable fields alone carries the label ` + "`enforce`" + `,
any other ` + "`best-effort`" + ` (guarantees.md).
`)
	family := ""
	for _, f := range event.Fields() {
		if f.Instead != "" {
			continue
		}
		if first, _, _ := strings.Cut(f.Name, "."); first != family {
			family = first
			heading, ok := families[family]
			if !ok {
				return fmt.Errorf("family %s has no heading", family)
			}
			fmt.Fprintf(b, "\n## %s\n\n| field | type | stable | meaning |\n|---|---|---|---|\n", heading)
		}
		stable := stabilities[f.Stable]
		if f.Index == event.NameIndex {
			stable = "numbers in registers"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", code(f.Name+indexForms[f.Index]), f.Type, stable, cell(f.Doc))
	}
	b.WriteString("\nThe names of arguments, for `evt.arg.NAME` and `evt.rawarg.NAME`, are in [syscalls.md](syscalls.md).\n")
	writeResults(b)
	return nil
}

// writeResults lists what exists only after a call.
func writeResults(b *bytes.Buffer) {
	b.WriteString(`
## What is not known before a call

Falco has these fields, so outputs may name them: they are ` + "`<NA>`" + `, and null in JSON. A
condition that names one is an error, which tells what to write instead.

| field | meaning | instead |
|---|---|---|
`)
	for _, f := range event.Fields() {
		if f.Instead != "" {
			fmt.Fprintf(b, "| %s | %s | %s |\n", code(f.Name), cell(f.Doc), cell(f.Instead))
		}
	}
	b.WriteString(`
Positions of arguments (` + "`evt.arg[0]`" + ` in Falco) are not carried over, since results count
among them: name the argument. ` + "`evt.arg.flags`" + ` of execve, which Falco makes up, is
` + "`proc.is_exe_upper_layer`" + ` and ` + "`proc.is_exe_from_memfd`" + `.
`)
}
