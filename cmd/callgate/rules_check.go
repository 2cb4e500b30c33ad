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
	Rule   string      `json:"rule"`
	Action string      `json:"action"`
	Calls  []shownCall `json:"calls"`
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
	for _, r := range set.Rules() {
		report.Rules++
		if !r.Enabled {
			continue
		}
		report.Enabled++
		calls := slices.DeleteFunc(callsOf(r), func(c shownCall) bool { return c.Guarantee != rules.BestEffort.String() })
		if len(calls) > 0 {
			report.Weak = append(report.Weak, weak{r.Name, r.Action.String(), calls})
		}
	}
	return report
}

func (r checkReport) print(w io.Writer) error {
	for _, weak := range r.Weak {
		fmt.Fprintf(w, "note: rule %q: %s is best-effort on %s\n", weak.Rule, weak.Action, callNames(weak.Calls))
	}
	_, err := fmt.Fprintf(w, "%s, %d enabled: no mistakes\n", plural(r.Rules, "rule"), r.Enabled)
	return err
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
