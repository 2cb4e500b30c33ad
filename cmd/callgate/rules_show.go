package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// shownRule is a rule with what it makes callgate do, as JSON.
type shownRule struct {
	ruleRecord

	Calls []shownCall `json:"calls"`
}

// shownCall is a call on which a rule is judged, and what its verdict is worth
// there in enforce mode.
type shownCall struct {
	Call      string `json:"call"`
	ABI       string `json:"abi"`
	Guarantee string `json:"guarantee"`
}

func newRulesShow() *cobra.Command {
	var flags ruleFlags
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "show [PATH|RULE]...",
		Short: "Show rules in full, and the system calls they need",
		Long: `Show rules in full: condition, output, action, where each was defined, and for
enabled rules the system calls on which it is judged, with the label that its
verdict carries there in enforce mode.`,
		Example: `  callgate rules show 'Terminal shell in container'
  callgate rules show --set strict --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			selected, err := selectRules(&flags, args)
			if err != nil {
				return err
			}
			shown := []shownRule{}
			for _, r := range selected.rules() {
				shown = append(shown, shownRule{recordOf(r), callsOf(r)})
			}
			if format.json() {
				return printJSON(cmd.OutOrStdout(), shown)
			}
			for i, r := range shown {
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				r.print(cmd.OutOrStdout())
			}
			return nil
		},
	}
	flags.register(cmd)
	format.register(cmd)
	return cmd
}

// callsOf are the calls on which a rule is judged, as programs can make them on
// this machine.
func callsOf(r *rules.Rule) []shownCall {
	calls := []shownCall{}
	for _, abi := range syscalls.Native() {
		for _, typ := range r.Calls() {
			if len(syscalls.Entries(abi, typ)) > 0 {
				calls = append(calls, shownCall{typ, abi.String(), r.Guarantee(rules.Enforce, typ, abi).String()})
			}
		}
	}
	return calls
}

func (r shownRule) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n", r.Name)
	line := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			fmt.Fprintf(w, "  %-10s %s\n", name, strings.ReplaceAll(value, "\n", "\n             "))
		}
	}
	line("desc", r.Desc)
	line("condition", r.Condition)
	line("output", r.Output)
	line("priority", r.Priority)
	line("action", r.actionText())
	line("tags", strings.Join(r.Tags, ", "))
	line("set", r.Set)
	line("enabled", yesNo(r.Enabled))
	line("defined", fmt.Sprintf("%s:%d:%d", r.Source.File, r.Source.Line, r.Source.Column))
	line("calls", callsText(r.Calls))
}

// callsText lists calls by ABI and label.
func callsText(calls []shownCall) string {
	var heads []string
	names := make(map[string][]string)
	for _, c := range calls {
		head := c.ABI + ", " + c.Guarantee + ": "
		if names[head] == nil {
			heads = append(heads, head)
		}
		names[head] = append(names[head], c.Call)
	}
	for i, head := range heads {
		heads[i] = head + strings.Join(names[head], ", ")
	}
	return strings.Join(heads, "\n")
}
