package main

import (
	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/ruletest"
)

func newRulesSchema() *cobra.Command {
	var tests bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of rule files, for editors",
		Long: `Print the JSON Schema (draft 2020-12) of rule files, or of files of tests.

An editor with the YAML language server completes and checks a file by it whose
first line is
  # yaml-language-server: $schema=FILE`,
		Example: `  callgate rules schema > callgate-rules.schema.json
  callgate rules schema --tests > callgate-tests.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := rules.Schema()
			if tests {
				s = ruletest.Schema()
			}
			_, err := cmd.OutOrStdout().Write(s.Text())
			return err
		},
	}
	cmd.Flags().BoolVar(&tests, "tests", false, "the schema of files for rules test")
	return cmd
}
