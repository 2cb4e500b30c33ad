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
marked as disabled; the others are switched on with ` + "`--set`" + `. Where Falco has a rule
for the same thing, it has Falco's name. How to change or replace them is told in
[rules-language.md](rules-language.md).
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
	b.WriteString("\n## Rules of Falco's that have no counterpart here\n\n| rule | why |\n|---|---|\n")
	for _, r := range notCarried {
		fmt.Fprintf(b, "| %s | %s |\n", r.name, r.why)
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

// notCarried are the rules that Falco publishes and callgate does not: they rest
// on what nobody knows before a call.
var notCarried = []struct{ name, why string }{
	{"Java Process Class File Download", "it looks at data that was received; before the call there is none. Drop and execute new binary in container, and Interpreted procs outbound network activity, see what such a class does next."},
	{"Unexpected inbound connection source", "who connects is the result of accept. What can be judged before is that a program waits for connections: Interpreted procs inbound network activity, or a rule of yours on listen."},
	{"Detect outbound connections to common miner pool ports", "it tells pools from others by names that a name server gives; callgate asks none at decision time, and the ports alone are those of much else. Known Cryptominer Process Executed and Detect crypto miners using the Stratum protocol see the programs."},
}
