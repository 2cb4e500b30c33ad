package main

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
)

func writeRules(b *bytes.Buffer) error {
	set, err := rules.Load(rules.Options{})
	if err != nil {
		return err
	}
	b.WriteString(`# Embedded rules

The rules that callgate carries. Rules of the sets core and default are on unless
marked as disabled; reads and strict are switched on with ` + "`--set`" + `. How to change or
replace them is told in [rules-language.md](rules-language.md).
`)
	var sets []string
	bySet := make(map[string][]*rules.Rule)
	for _, r := range set.Rules() {
		if bySet[r.SetName] == nil {
			sets = append(sets, r.SetName)
		}
		bySet[r.SetName] = append(bySet[r.SetName], r)
	}
	for _, name := range sets {
		fmt.Fprintf(b, "\n## Set %s\n", name)
		for _, r := range bySet[name] {
			writeRule(b, r)
		}
	}
	return nil
}

func writeRule(b *bytes.Buffer, r *rules.Rule) {
	action := r.Action.String()
	if r.Action == rules.Deny {
		action += " " + unix.ErrnoName(r.Errno)
	}
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", r.Name, strings.TrimSpace(r.Desc))
	fmt.Fprintf(b, "Priority %s, action %s, tags %s.\n\n", r.Priority, action, strings.Join(r.Tags, ", "))
	fmt.Fprintf(b, "```\n%s\n```\n", strings.TrimSpace(r.Condition))
}
