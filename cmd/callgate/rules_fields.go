package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules/event"
)

// fieldRecord is a field as JSON.
type fieldRecord struct {
	Name string `json:"name"` // with the form of its index: proc.aname[n]
	Type string `json:"type"`
	Doc  string `json:"doc"`
	// Instead tells, of a result, what a condition uses in its place.
	Instead string `json:"instead,omitempty"`
}

func newRulesFields() *cobra.Command {
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "fields [PREFIX]...",
		Short: "List the fields that conditions and outputs can use",
		Example: `  callgate rules fields
  callgate rules fields fd. user.`,
		RunE: func(cmd *cobra.Command, prefixes []string) error {
			records := []fieldRecord{}
			for _, f := range event.Fields() {
				if hasAnyPrefix(f.Name, prefixes) {
					records = append(records, fieldRecord{f.Name + indexForm[f.Index], f.Type.String(), f.Doc, f.Instead})
				}
			}
			if len(records) == 0 {
				return usageErrorf("list fields: no field begins with %s", strings.Join(prefixes, " or "))
			}
			if format.json() {
				return printJSON(cmd.OutOrStdout(), records)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, r := range records {
				if r.Instead != "" {
					r.Doc += " Not known before the call; in a condition " + r.Instead + "."
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", r.Name, r.Type, r.Doc)
			}
			return w.Flush()
		},
	}
	format.register(cmd)
	return cmd
}

// indexForm shows how an indexed field is written.
var indexForm = map[event.IndexKind]string{event.IntIndex: "[n]", event.KeyIndex: "[NAME]", event.NameIndex: ".NAME"}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return len(prefixes) == 0
}
