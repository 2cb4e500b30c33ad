package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/source"
)

func newRulesImport() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Rewrite Falco's rule files in callgate's language",
		Long: `Rewrite Falco's rule files in callgate's language. A file is rewritten in place:
conditions are translated, everything else stays as it is, comments, macros,
lists and exceptions included. Give files that belong together in one call, in
the order in which Falco reads them: they define macros and lists for each other.

The result of one file goes to standard output; with -o each goes under its own
name into a directory. What can't be carried over as it stands is told on
standard error, with file, line and reason: docs/falco.md explains these notes.
The result loads with callgate rules check.

The exit status is 0 also where there are such notes, and 1 when a file can't be
read or written. Falco's files can be loaded without being imported, too:
--rules falco_rules.yaml.`,
		Example: `  callgate rules import falco_rules.yaml > rules.yaml
  callgate rules import falco_rules.yaml my_falco_rules.yaml -o /etc/callgate/rules.d`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			imported, err := rules.Import(paths)
			if err != nil {
				return err
			}
			for _, note := range imported.Notes {
				fmt.Fprintln(cmd.ErrOrStderr(), note)
			}
			if err := writeFiles(cmd.OutOrStdout(), dir, imported.Files); err != nil {
				return err
			}
			return printImported(cmd.ErrOrStderr(), imported)
		},
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "write the files into the directory `DIR`, which is made if need be")
	return cmd
}

// writeFiles writes the result; a file that was read is never written over.
func writeFiles(w io.Writer, dir string, files []*source.File) error {
	if dir == "" {
		if len(files) != 1 {
			return usageErrorf("import rules: %d files: name a directory for them with -o", len(files))
		}
		_, err := io.WriteString(w, files[0].Content())
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("import rules: %w", err)
	}
	written := make(map[string]string)
	for _, f := range files {
		path := filepath.Join(dir, filepath.Base(f.Name))
		if other := written[path]; other != "" {
			return fmt.Errorf("import rules: %s and %s would both become %s", other, f.Name, path)
		}
		written[path] = f.Name
		if isSame(path, f.Name) {
			return fmt.Errorf("import rules: %s would be written over: choose another directory", f.Name)
		}
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f.Name)), []byte(f.Content()), 0o644); err != nil {
			return fmt.Errorf("import rules: %w", err)
		}
	}
	return nil
}

func isSame(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// printImported tells how many rules there are and which of them can't match.
func printImported(w io.Writer, imported *rules.Imported) error {
	total, fire := 0, 0
	for _, r := range imported.Set.Rules() {
		if r.SetName != "" {
			continue
		}
		total++
		if can, _ := r.CanFire(); can {
			fire++
		}
	}
	_, err := fmt.Fprintf(w, "%s, of which %d can match; %s\n", plural(total, "rule"), fire, plural(len(imported.Notes), "note"))
	return err
}
