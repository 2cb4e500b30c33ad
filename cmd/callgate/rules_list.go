package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// listedRule is a rule as JSON.
type listedRule struct {
	ruleRecord

	Class   string `json:"class"`
	CanFire bool   `json:"can_fire"`
	Reason  string `json:"reason"`
}

func newRulesList() *cobra.Command {
	var flags ruleFlags
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "list [PATH|RULE]...",
		Short: "List rules, and which of them are enabled",
		Long: `List rules in the order of their definition, with the embedded set that each
belongs to. Disabled rules are listed too.

As JSON each rule has its class, what its verdict is worth where it is worth
least (audit, best-effort or enforce), and whether it can_fire: false where no
event can match it, with the reason. Rules of Falco's that need what callgate
can't know before a call are listed so.`,
		Example: `  callgate rules list
  callgate rules list --set reads
  callgate rules list --rules my-rules.yaml --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			selected, err := selectRules(&flags, args)
			if err != nil {
				return err
			}
			records := []listedRule{}
			for _, r := range selected.rules() {
				can, reason := r.CanFire()
				records = append(records, listedRule{recordOf(r), r.Class().String(), can, reason})
			}
			if format.json() {
				return printJSON(cmd.OutOrStdout(), records)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ENABLED\tSET\tPRIORITY\tACTION\tRULE\tTAGS")
			for _, r := range records {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", yesNo(r.Enabled), orDash(r.Set), r.Priority, r.actionText(), r.Name, strings.Join(r.Tags, ","))
			}
			return w.Flush()
		},
	}
	flags.register(cmd)
	format.register(cmd)
	return cmd
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
