package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/seccomp"
)

// diagnosis is what callgate doctor tells.
type diagnosis struct {
	Works    bool          `json:"works"` // callgate run can do its work
	System   []fact        `json:"system"`
	Features []featureLine `json:"features"`
	// Containers are the engines and runtimes; callgate run without a container
	// needs none.
	Containers []fact `json:"containers"`
}

// featureLine is one feature of the kernel, as this user has it.
type featureLine struct {
	Name   string `json:"name"`
	Since  string `json:"since"` // first kernel that has it
	Needed bool   `json:"needed"`
	OK     bool   `json:"ok"`
	Error  string `json:"error,omitempty"`
	Gives  string `json:"gives"`
	Advice string `json:"advice,omitempty"`
}

func newDoctor() *cobra.Command {
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Tell what callgate can do on this kernel, as this user",
		Long: `Doctor tries every feature of the kernel that callgate uses, as the user who
calls it, and says what is missing, what callgate does without it, and what can
be done about it. Of containerd, runc and crun it tells the versions, and what
callgate does without what they lack.

The exit status is 0 when callgate run works, and 1 otherwise.`,
		Example: `  callgate doctor
  callgate doctor --format json | jq '.features[] | select(.ok | not)'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := diagnose(systemFacts(os.DirFS("/")), seccomp.Probe())
			d.Containers = containerFacts(cmd.Context())
			if err := d.print(cmd.OutOrStdout(), format.json()); err != nil {
				return err
			}
			if !d.Works {
				return withStatus(statusFailed, nil)
			}
			return nil
		},
	}
	format.register(cmd)
	return cmd
}

func diagnose(system []fact, probed []seccomp.FeatureResult) diagnosis {
	d := diagnosis{Works: true, System: system}
	for _, r := range probed {
		line := featureLine{Name: r.Name, Since: r.Since.String(), Needed: r.Needed, OK: r.Err == nil, Gives: r.Gives}
		if r.Err != nil {
			line.Error, line.Advice = r.Err.Error(), r.Without
			d.Works = d.Works && !r.Needed
		}
		d.Features = append(d.Features, line)
	}
	return d
}

func (d diagnosis) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, d)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printFacts(tw, "SYSTEM", d.System)
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(d.Containers) > 0 {
		printFacts(tw, "\nCONTAINERS", d.Containers)
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintln(tw, "\nFEATURES")
	var missing []featureLine
	for _, f := range d.Features {
		state := "ok"
		switch {
		case !f.OK && f.Needed:
			state = "MISSING"
		case !f.OK:
			state = "missing"
		}
		if !f.OK {
			missing = append(missing, f)
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", state, f.Name, f.Gives)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(missing) > 0 {
		fmt.Fprintln(w, "\nWHAT IS MISSING")
	}
	for _, f := range missing {
		fmt.Fprintf(w, "  %s\n    %s\n", f.Error, f.Advice)
	}
	if d.Works {
		_, err := fmt.Fprintln(w, "\ncallgate run works here.")
		return err
	}
	_, err := fmt.Fprintln(w, "\ncallgate run does not work here.")
	return err
}

func printFacts(w io.Writer, title string, facts []fact) {
	fmt.Fprintln(w, title)
	for _, f := range facts {
		fmt.Fprintf(w, "  %s\t%s\n", f.Name, f.Value)
		if f.Advice != "" {
			fmt.Fprintf(w, "  \t%s\n", f.Advice)
		}
	}
}
