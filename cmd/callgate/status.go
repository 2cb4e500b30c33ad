package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/daemon/config"
)

// Exit statuses. Those of run are the command's own, and 125 to 137 as
// docs/guarantees.md lists them.
const (
	statusFailed  = 1   // rules with mistakes, a doctor that found something missing
	statusUsage   = 2   // a wrong command line
	statusOwnRun  = 125 // run: callgate itself failed, usage included
	commandForRun = "run"
)

// statusError ends callgate with a status. Its error is shown unless it is nil.
type statusError struct {
	status int
	err    error
	usage  bool // the command line was wrong: point to the help
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// withStatus gives an error the exit status that it ends callgate with.
func withStatus(status int, err error) error { return &statusError{status: status, err: err} }

// usageErrorf is an error in the command line that only a command itself can
// find.
func usageErrorf(format string, args ...any) error {
	return &statusError{status: statusUsage, err: fmt.Errorf(format, args...), usage: true}
}

// subcommandOnly refuses arguments of a command that only has subcommands.
func subcommandOnly(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	for distance := range 3 { // typing mistakes, the nearest names first
		cmd.SuggestionsMinimumDistance = distance
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return fmt.Errorf("unknown command %q for %q; did you mean %s?", args[0], cmd.CommandPath(), strings.Join(slices.Compact(near), " or "))
		}
	}
	return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
}

// execute runs the command line and returns the exit status.
func execute(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	// What a command's RunE returns has gone through action; what remains is
	// cobra's own complaint about the command line.
	wrapActions(root)
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0
	}
	var status *statusError
	if !errors.As(err, &status) {
		status = &statusError{status: statusUsage, err: err, usage: true}
	}
	if status.usage {
		if cmd.Name() == commandForRun {
			status.status = statusOwnRun
		}
		status.err = fmt.Errorf("%w (see %s --help)", status.err, cmd.CommandPath())
	}
	if status.err != nil {
		printError(stderr, status.err)
	}
	return status.status
}

// printError tells an error. Mistakes in rules and configurations are shown as
// they are, FILE:LINE:COLUMN first, so that editors find the place.
func printError(w io.Writer, err error) {
	var mistakes rules.Mistakes
	if errors.As(err, &mistakes) {
		_, _ = fmt.Fprintf(w, "%s\n", strings.TrimSuffix(mistakes.Error(), "\n"))
		what := "rules"
		if _, ok := errors.AsType[*config.Error](err); ok {
			what = "configuration"
		}
		err = fmt.Errorf("load %s: %s", what, plural(len(mistakes), "mistake"))
	}
	_, _ = fmt.Fprintf(w, "callgate: %s\n", strings.TrimSuffix(err.Error(), "\n"))
}

// plural is "1 rule", "2 rules".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// wrapActions makes every command's own errors end with statusFailed unless
// they say otherwise.
func wrapActions(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			err := run(cmd, args)
			var status *statusError
			if err != nil && !errors.As(err, &status) {
				return withStatus(statusFailed, err)
			}
			return err
		}
	}
	for _, c := range cmd.Commands() {
		wrapActions(c)
	}
}
