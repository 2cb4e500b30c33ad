package main

import (
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
)

func newRules() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Check, list and explain rules",
		Long: `Check, list and explain rules.

Without --rules the embedded rules are meant. They come in sets: core and
default are on; reads (rules on reading files) and strict (rules that deny and
kill) are switched on with --set.`,
		Example: `  callgate rules check my-rules.yaml
  callgate rules list
  callgate rules show 'Change thread namespace'
  callgate rules explain --rules builtin --rules my-rules.yaml`,
		Args: subcommandOnly,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRulesCheck(), newRulesList(), newRulesShow(), newRulesExplain(), newRulesFields(), newRulesTest(), newRulesImport(), newRulesSchema(), newRulesFmt())
	return cmd
}

// ruleRecord is a rule as JSON.
type ruleRecord struct {
	Name      string   `json:"name"`
	Desc      string   `json:"desc"`
	Set       string   `json:"set"` // "" for a user's
	Enabled   bool     `json:"enabled"`
	Priority  string   `json:"priority"`
	Action    string   `json:"action"`
	Errno     string   `json:"errno,omitempty"`
	Condition string   `json:"condition"`
	Output    string   `json:"output"`
	Tags      []string `json:"tags"`
	Source    place    `json:"source"`
}

// place is where a rule was defined.
type place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func recordOf(r *rules.Rule) ruleRecord {
	rec := ruleRecord{
		Name: r.Name, Desc: r.Desc, Set: r.SetName, Enabled: r.Enabled, Priority: r.Priority.String(), Action: r.Action.String(),
		Condition: r.Condition, Output: r.Output.Source(), Tags: append([]string{}, r.Tags...),
		Source: place{r.Source.File, r.Source.Line, r.Source.Column},
	}
	if r.Action == rules.Deny {
		rec.Errno = unix.ErrnoName(r.Errno)
	}
	return rec
}

// actionText is the rule's action with the errno of a denial.
func (r ruleRecord) actionText() string {
	if r.Errno != "" {
		return r.Action + " " + r.Errno
	}
	return r.Action
}

// selection is a set of rules and the names of those that the command line asks
// for; no names mean all.
type selection struct {
	set   *rules.Set
	names map[string]bool
}

// selectRules loads what the flags and the paths among args name. The other
// arguments are names of rules, which must exist.
func selectRules(flags *ruleFlags, args []string) (*selection, error) {
	var paths, names []string
	for _, arg := range args {
		if isPath(arg) {
			paths = append(paths, arg)
		} else {
			names = append(names, arg)
		}
	}
	set, err := flags.load(paths...)
	if err != nil {
		return nil, err
	}
	s := &selection{set: set, names: make(map[string]bool)}
	for _, name := range names {
		r, err := set.Lookup(name)
		if err != nil {
			return nil, err
		}
		s.names[r.Name] = true
	}
	return s, nil
}

// isPath tells a file or directory of rules from the name of a rule.
func isPath(arg string) bool {
	return strings.ContainsRune(arg, '/') || strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml") || arg == "." || arg == ".."
}

func (s *selection) has(name string) bool { return len(s.names) == 0 || s.names[name] }

// rules are the selected rules in the order of their definition.
func (s *selection) rules() (selected []*rules.Rule) {
	for _, r := range s.set.Rules() {
		if s.has(r.Name) {
			selected = append(selected, r)
		}
	}
	return selected
}
