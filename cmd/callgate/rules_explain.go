package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// explained is what the filter does with one call, as JSON.
type explained struct {
	Name        string   `json:"name"` // the kernel's name on that ABI
	ABI         string   `json:"abi"`
	NR          int      `json:"nr"`
	Type        string   `json:"type,omitempty"` // evt.type
	Always      bool     `json:"always"`
	When        []string `json:"when,omitempty"`         // one of these must hold
	Errno       string   `json:"errno,omitempty"`        // the filter itself refuses the call
	RefusedWhen []string `json:"refused_when,omitempty"` // only when one of these holds
	Why         []why    `json:"why"`
}

// why is one cause of an interception.
type why struct {
	Rule   string   `json:"rule,omitempty"`
	Note   string   `json:"note,omitempty"` // a precaution of callgate's own
	Always bool     `json:"always"`
	When   []string `json:"when,omitempty"`
}

func newRulesExplain() *cobra.Command {
	var flags ruleFlags
	var format formatFlag
	var mode modeFlag
	cmd := &cobra.Command{
		Use:   "explain [PATH|RULE]...",
		Short: "Tell which system calls are intercepted, when, and because of which rule",
		Long: `Tell what the kernel's filter does with each system call: which calls are
intercepted always, which only with certain bits in their arguments, and because
of which rule. A call that is not listed runs untouched, at its own speed.

With names of rules only what these rules need is listed.`,
		Example: `  callgate rules explain
  callgate rules explain 'Change thread namespace'
  callgate rules explain --mode enforce --set strict
  callgate rules explain --rules my-rules.yaml --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			selected, err := selectRules(&flags, args)
			if err != nil {
				return err
			}
			all := []explained{}
			for _, i := range selected.set.Explain(mode.mode(), syscalls.Native()) {
				if e := explain(i, selected); len(e.Why) > 0 {
					all = append(all, e)
				}
			}
			if format.json() {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return printExplained(cmd.OutOrStdout(), all)
		},
	}
	flags.register(cmd)
	mode.register(cmd)
	format.register(cmd)
	return cmd
}

// explain is the interception with those of its causes that were asked for.
func explain(i rules.Intercept, selected *selection) explained {
	e := explained{Name: i.Entry.Name, ABI: i.Entry.ABI.String(), NR: i.Entry.NR, Always: i.Always, When: i.When, RefusedWhen: i.RefusedWhen}
	if i.Entry.Call != nil {
		e.Type = i.Entry.Call.Type
	}
	if i.Errno != 0 {
		e.Errno = unix.ErrnoName(i.Errno)
	}
	for _, r := range i.Why {
		if selected.has(r.Rule) {
			e.Why = append(e.Why, why{r.Rule, r.Note, r.Always, r.When})
		}
	}
	return e
}

// printExplained writes calls that mean the same on several ABIs as one.
func printExplained(w io.Writer, all []explained) error {
	groups := groupExplained(all)
	for _, g := range groups {
		fmt.Fprintf(w, "%s (%s)", g.Name, g.abis)
		if g.Errno != "" {
			fmt.Fprintf(w, ": refused with %s", g.Errno)
		}
		if len(g.RefusedWhen) > 0 {
			fmt.Fprintf(w, " when %s", strings.Join(g.RefusedWhen, " or "))
		}
		fmt.Fprintln(w)
		for _, c := range g.causes {
			switch {
			case c.when != "":
				fmt.Fprintf(w, "    when %s\n", c.when)
			case g.Always || g.Errno == "": // else the line above tells it
				fmt.Fprintf(w, "    always\n")
			}
			for _, because := range c.because {
				fmt.Fprintf(w, "        %s\n", because)
			}
		}
	}
	_, err := fmt.Fprintf(w, "%s; every other one runs without being intercepted.\n", plural(len(groups), "system call"))
	return err
}
