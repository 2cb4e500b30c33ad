package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules"
)

// choice is a flag with a fixed set of values; the first is the default.
type choice struct {
	value   string
	choices []string
}

// String is the chosen value.
func (c *choice) String() string { return c.value }

// Type is shown in help texts.
func (c *choice) Type() string { return strings.Join(c.choices, "|") }

// Set chooses.
func (c *choice) Set(s string) error {
	for _, allowed := range c.choices {
		if s == allowed {
			c.value = s
			return nil
		}
	}
	return fmt.Errorf("it must be %s", strings.Join(c.choices, " or "))
}

func (c *choice) add(cmd *cobra.Command, name, usage string, choices ...string) {
	c.value, c.choices = choices[0], choices
	cmd.Flags().Var(c, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(toCompletions(choices), cobra.ShellCompDirectiveNoFileComp))
}

func toCompletions(s []string) []cobra.Completion { return s }

// formatFlag is --format.
type formatFlag struct{ choice }

func (f *formatFlag) register(cmd *cobra.Command) {
	f.add(cmd, "format", "output `FORMAT`: text or json", "text", "json")
}

func (f *formatFlag) json() bool { return f.value == "json" }

// modeFlag is --mode.
type modeFlag struct{ choice }

func (f *modeFlag) register(cmd *cobra.Command) {
	f.add(cmd, "mode", "do as `MODE` says with what a rule denies or kills: monitor reports it only, enforce stops it", "monitor", "enforce")
}

func (f *modeFlag) mode() rules.Mode {
	if f.value == "enforce" {
		return rules.Enforce
	}
	return rules.Monitor
}

// ruleFlags are --rules and --set.
type ruleFlags struct{ paths, sets []string }

func (f *ruleFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.paths, "rules", nil,
		"load `PATH`, a rule file or a directory of *.yaml, instead of the embedded rules (set core stays); the word builtin adds those back; later ones override earlier ones (repeatable)")
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "switch on the embedded set `NAME`: reads, strict (repeatable)")
	_ = cmd.RegisterFlagCompletionFunc("set", cobra.FixedCompletions(toCompletions(rules.SetNames()), cobra.ShellCompDirectiveNoFileComp))
}

// load loads the rules that the flags and further paths name.
func (f *ruleFlags) load(paths ...string) (*rules.Set, error) {
	return rules.Load(rules.Options{Paths: append(append([]string(nil), f.paths...), paths...), Sets: f.sets})
}

// embedded reports whether load loads the embedded rules, more of them than the
// set core.
func (f *ruleFlags) embedded(paths ...string) bool {
	return len(f.paths)+len(paths) == 0 || slices.Contains(f.paths, rules.Builtin) || slices.Contains(paths, rules.Builtin)
}

// printJSON writes v indented, with no escapes for HTML.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
