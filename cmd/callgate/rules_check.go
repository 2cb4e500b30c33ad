package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// checkReport is the outcome of rules check as JSON.
type checkReport struct {
	OK       bool      `json:"ok"`
	Rules    int       `json:"rules"`
	Enabled  int       `json:"enabled"`
	Mistakes []mistake `json:"mistakes"`
	Weak     []weak    `json:"best_effort"`
}

type mistake struct {
	place

	Message string `json:"message"`
}

// weak is a denial that a racing thread may get round.
type weak struct {
	Rule   string   `json:"rule"`
	Action string   `json:"action"`
	Calls  []string `json:"calls"`
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

Rules that deny or kill, but decide on something that another thread of the
caller can change before the kernel uses it, are named: their label is
best-effort (docs/guarantees.md).

The exit status is 0 when there is no mistake, and 1 otherwise.`,
		Example: `  callgate rules check my-rules.yaml
  callgate rules check --rules builtin my-rules.yaml
  callgate rules check --format json rules.d/`,
		RunE: func(cmd *cobra.Command, files []string) error {
			set, err := flags.load(files...)
			if err != nil {
				return reportMistakes(cmd.OutOrStdout(), err, format.json())
			}
			report := checked(set)
			if format.json() {
				return printJSON(cmd.OutOrStdout(), report)
			}
			return report.print(cmd.OutOrStdout())
		},
	}
	flags.register(cmd)
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
	report := checkReport{Mistakes: []mistake{}, Weak: []weak{}}
	for _, m := range mistakes {
		report.Mistakes = append(report.Mistakes, mistake{place{m.File, m.Line, m.Column}, m.Msg})
	}
	if err := printJSON(w, report); err != nil {
		return err
	}
	return withStatus(statusFailed, nil)
}

// checked describes a set without mistakes.
func checked(set *rules.Set) checkReport {
	report := checkReport{OK: true, Mistakes: []mistake{}, Weak: []weak{}}
	calls := interceptedCalls(set)
	for _, r := range set.Rules() {
		report.Rules++
		if !r.Enabled {
			continue
		}
		report.Enabled++
		if r.Action == rules.Log {
			continue
		}
		w := weak{Rule: r.Name, Action: r.Action.String()}
		for _, e := range calls[r.Name] {
			if name := e.Call.Type; r.Guarantee(rules.Enforce, name, e.ABI) == rules.BestEffort && !slices.Contains(w.Calls, name) {
				w.Calls = append(w.Calls, name)
			}
		}
		if len(w.Calls) > 0 {
			report.Weak = append(report.Weak, w)
		}
	}
	return report
}

// interceptedCalls are the calls that each rule has intercepted, by its name.
func interceptedCalls(set *rules.Set) map[string][]syscalls.Entry {
	calls := make(map[string][]syscalls.Entry)
	for _, i := range set.Explain(rules.Enforce, syscalls.Native()) {
		if i.Entry.Call == nil {
			continue
		}
		for _, why := range i.Why {
			if why.Rule != "" {
				calls[why.Rule] = append(calls[why.Rule], i.Entry)
			}
		}
	}
	return calls
}

func (r checkReport) print(w io.Writer) error {
	for _, weak := range r.Weak {
		fmt.Fprintf(w, "note: rule %q: %s is best-effort on %s\n", weak.Rule, weak.Action, strings.Join(weak.Calls, ", "))
	}
	_, err := fmt.Fprintf(w, "%s, %d enabled: no mistakes\n", plural(r.Rules, "rule"), r.Enabled)
	return err
}
