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

// ruleFlags say which rules there are and which of them take part.
type ruleFlags struct {
	paths, sets []string
	selectors   []rules.Selector
	priority    priorityFlag
	matching    choice
}

// selectorFlag is --enable or --disable: both add to one list, since later ones
// win.
type selectorFlag struct {
	enable bool
	to     *[]rules.Selector
}

func (f selectorFlag) String() string { return "" }
func (f selectorFlag) Type() string   { return "RULE" }

// Set takes one more.
func (f selectorFlag) Set(s string) error {
	selector, err := rules.ParseSelector(s, f.enable)
	*f.to = append(*f.to, selector)
	return err
}

// priorityFlag is --priority.
type priorityFlag struct {
	threshold rules.Threshold
	value     string
}

func (f *priorityFlag) String() string { return f.value }

// Type is shown in help texts.
func (f *priorityFlag) Type() string { return "PRIORITY" }

// Set takes the priority.
func (f *priorityFlag) Set(s string) error {
	p, ok := rules.ParsePriority(s)
	if !ok {
		return fmt.Errorf("it must be %s", rules.PriorityWords)
	}
	f.threshold, f.value = rules.AtLeast(p), s
	return nil
}

func (f *ruleFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.paths, "rules", nil,
		"load `PATH`, a rule file or a directory of *.yaml, instead of the embedded rules (set core stays); the word builtin adds those back; later ones override earlier ones (repeatable)")
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "switch on the embedded set `NAME`: reads, incubating, sandbox, strict (repeatable)")
	cmd.Flags().Var(selectorFlag{true, &f.selectors}, "enable", "switch on the rules of the name `RULE`, or of a tag, tag:TAG; * fits any text (repeatable; later --enable and --disable win)")
	cmd.Flags().Var(selectorFlag{false, &f.selectors}, "disable", "switch off the rules of the name `RULE`, or of a tag, tag:TAG (repeatable)")
	cmd.Flags().Var(&f.priority, "priority", "leave out rules that are less grave than `PRIORITY`: critical, warning, notice, ...")
	_ = cmd.RegisterFlagCompletionFunc("set", cobra.FixedCompletions(toCompletions(rules.SetNames()), cobra.ShellCompDirectiveNoFileComp))
}

// registerMatching is for commands that judge.
func (f *ruleFlags) registerMatching(cmd *cobra.Command) {
	f.matching.add(cmd, "rule-matching", "of the rules that match an event, have `WHICH` told and act: all, or the first of those that do most", "all", "first")
}

// options are what is loaded, with further paths.
func (f *ruleFlags) options(paths ...string) rules.Options {
	matching, _ := rules.ParseMatching(f.matching.value)
	return rules.Options{
		Paths: append(append([]string(nil), f.paths...), paths...), Sets: f.sets,
		Select: f.selectors, Threshold: f.priority.threshold, Matching: matching,
	}
}

// load loads the rules that the flags and further paths name.
func (f *ruleFlags) load(paths ...string) (*rules.Set, error) {
	return rules.Load(f.options(paths...))
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
