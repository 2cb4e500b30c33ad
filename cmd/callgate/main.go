// Command callgate watches, judges and stops the system calls of a command.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/runtime/foreground"
	"github.com/callgate/callgate/tracer/run"
)

//go:generate go run -tags docs . ../../docs

func main() {
	run.Dispatch() // the helpers of run are this binary too
	foreground.Dispatch()
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
}

// newRoot makes the whole tree of commands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "callgate",
		Short: "Watch, judge and stop a command's system calls",
		Long: `callgate runs a command and sees every system call that a rule cares about
before it takes effect: it reports it, denies it or kills the caller. It needs
no root, no daemon, no kernel module and no eBPF.`,
		Example: `  callgate run -- bash
  callgate run --mode enforce --set strict -- ./build.sh
  callgate rules explain
  callgate doctor`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          subcommandOnly,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(newRun(), newDaemon(), newPs(), newEvents(), newInstall(), newUninstall(), newRules(), newReplay(), newDoctor(), newVersion())
	return root
}
