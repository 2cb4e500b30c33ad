package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// checkReport is the outcome of rules check as JSON.
type checkReport struct {
	OK       bool        `json:"ok"`
	Enabled  int         `json:"enabled"`
	Mistakes []mistake   `json:"mistakes"`
	Warnings []mistake   `json:"warnings"`
	Rules    []shownRule `json:"rules"`
}

type mistake struct {
	place

	Message string `json:"message"`
}

func newRulesCheck() *cobra.Command {
	var flags ruleFlags
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "check [FILE]...",
		Short: "Check rule files and report every mistake",
		Long: `Check rule files and report every mistake, each as FILE:LINE:COLUMN: MESSAGE
with the line and a caret. Without files and without --rules the embedded rules
are checked. Files that use macros or lists of the embedded rules are checked
together with them: --rules builtin.

Every rule is listed with its label: what its verdict is worth in enforce mode.
A rule that only logs is audit. One that denies or kills is enforce, or
best-effort where it decides on something that another thread of the caller can
change before the kernel uses it (docs/guarantees.md).

Falco's files are checked as they are. What of them can't be taken as it stands
is told on standard error; that is no mistake (docs/falco.md).

What is right but may not be meant is told as a warning on standard error,
FILE:LINE:COLUMN: warning: MESSAGE: a rule that denies or kills and decides on
fields that another thread can change, with their names; a rule that intercepts
every open for reading, or every message received or sent; and, with
--rule-matching first, a rule that is never told because another one matches
whatever it matches.

The exit status is 0 when there is no mistake, and 1 otherwise.`,
		Example: `  callgate rules check my-rules.yaml
  callgate rules check --rules builtin my-rules.yaml
  callgate rules check --format json rules.d/`,
		RunE: func(cmd *cobra.Command, files []string) error {
			set, err := flags.load(files...)
			if err != nil {
				return reportMistakes(cmd.OutOrStdout(), err, format.json())
			}
			for _, note := range set.Notes() {
				fmt.Fprintln(cmd.ErrOrStderr(), note)
			}
			report := checked(set, flags.embedded(files...))
			if format.json() {
				return printJSON(cmd.OutOrStdout(), report)
			}
			for _, w := range report.Warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s:%d:%d: warning: %s\n", w.File, w.Line, w.Column, w.Message)
			}
			return report.print(cmd.OutOrStdout())
		},
	}
	flags.register(cmd)
	flags.registerMatching(cmd)
	format.register(cmd)
	return cmd
}

// reportMistakes tells why rules could not be loaded: as text on standard error,
// as JSON on standard output.
func reportMistakes(w io.Writer, err error, asJSON bool) error {
	var mistakes rules.Mistakes
	if !asJSON || !errors.As(err, &mistakes) {
		return err
	}
	report := checkReport{Mistakes: []mistake{}, Warnings: []mistake{}, Rules: []shownRule{}}
	for _, m := range mistakes {
		report.Mistakes = append(report.Mistakes, mistake{place{m.File, m.Line, m.Column}, m.Msg})
	}
	if err := printJSON(w, report); err != nil {
		return err
	}
	return withStatus(statusFailed, nil)
}

// checked describes a set without mistakes; rules of the set core, which is
// always loaded, only where the embedded rules are meant.
func checked(set *rules.Set, embedded bool) checkReport {
	report := checkReport{OK: true, Mistakes: []mistake{}, Warnings: []mistake{}, Rules: []shownRule{}}
	for _, w := range set.Warnings(syscalls.Native()) {
		report.Warnings = append(report.Warnings, mistake{place{w.File, w.Line, w.Column}, w.Msg})
	}
	for _, r := range set.Rules() {
		if r.SetName == "core" && !embedded {
			continue
		}
		if r.Enabled {
			report.Enabled++
		}
		report.Rules = append(report.Rules, shownRule{recordOf(r), callsOf(r)})
	}
	return report
}

func (r checkReport) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, rule := range r.Rules {
		label := guaranteeText(rule.Calls)
		switch {
		case !rule.Enabled:
			label = "disabled"
		case label == "":
			label = "can't match"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", rule.Name, rule.actionText(), label)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %d enabled: no mistakes\n", plural(len(r.Rules), "rule"), r.Enabled)
	return err
}

// guaranteeText tells the label of all calls, or where they differ that of each.
func guaranteeText(calls []shownCall) string {
	var labels []string
	byLabel := make(map[string][]shownCall)
	for _, c := range calls {
		if byLabel[c.Guarantee] == nil {
			labels = append(labels, c.Guarantee)
		}
		byLabel[c.Guarantee] = append(byLabel[c.Guarantee], c)
	}
	if len(labels) == 1 {
		return labels[0]
	}
	for i, label := range labels {
		labels[i] = label + " on " + callNames(byLabel[label])
	}
	return strings.Join(labels, ", ")
}

// callNames lists calls, with the ABI of those that not every ABI has.
func callNames(calls []shownCall) string {
	var names []string
	abis := make(map[string][]string)
	for _, c := range calls {
		if abis[c.Call] == nil {
			names = append(names, c.Call)
		}
		abis[c.Call] = append(abis[c.Call], c.ABI)
	}
	for i, name := range names {
		if len(abis[name]) < len(syscalls.Native()) {
			names[i] = name + " (" + strings.Join(abis[name], ", ") + ")"
		}
	}
	return strings.Join(names, ", ")
}
