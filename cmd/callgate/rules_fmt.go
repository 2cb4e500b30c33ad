package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/callgate/callgate/internal/replace"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/source"
)

// formatter is what rules fmt does with files that are not in the common form.
type formatter struct{ write, list, diff bool }

func newRulesFmt() *cobra.Command {
	var f formatter
	cmd := &cobra.Command{
		Use:   "fmt FILE...",
		Short: "Format rule files",
		Long: `Format rule files: the keys of an item in one order, two spaces in front of them,
a blank line between items, long conditions over several lines. Comments and the
order of items stay, and so does what each item means. Of a directory its *.yaml
and *.yml are meant.

The result goes to standard output. With -l or -d the exit status is 1 when a
file differs. A file with mistakes is told of and left as it is; the exit status
is 1 then, too.`,
		Example: `  callgate rules fmt -d my-rules.yaml
  callgate rules fmt -w rules.d`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			var mistakes rules.Mistakes
			differ := false
			for _, path := range paths {
				files, unreadable := source.Read(path)
				mistakes = append(mistakes, unreadable...)
				for _, file := range files {
					text, wrong := rules.Format(file)
					if mistakes = append(mistakes, wrong...); len(wrong) > 0 {
						continue
					}
					differ = differ || text != file.Content()
					if err := f.put(cmd.OutOrStdout(), file, text); err != nil {
						return err
					}
				}
			}
			switch {
			case len(mistakes) > 0:
				return mistakes
			case differ && (f.list || f.diff):
				return withStatus(statusFailed, nil)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&f.write, "write", "w", false, "write the result to the files")
	cmd.Flags().BoolVarP(&f.list, "list", "l", false, "list the files that differ")
	cmd.Flags().BoolVarP(&f.diff, "diff", "d", false, "show what differs")
	return cmd
}

// put does with a formatted file what the flags say.
func (f *formatter) put(w io.Writer, file *source.File, text string) (err error) {
	if !f.write && !f.list && !f.diff {
		_, err = io.WriteString(w, text)
		return err
	}
	if text == file.Content() {
		return nil
	}
	if f.list {
		_, err = fmt.Fprintln(w, file.Name)
	}
	if f.diff && err == nil {
		_, err = w.Write(diff.Diff(file.Name, []byte(file.Content()), file.Name+" formatted", []byte(text)))
	}
	if f.write && err == nil {
		err = rewrite(file.Name, text)
	}
	return err
}

// rewrite replaces a file as a whole. A symbolic link stays one.
func rewrite(path, text string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("format rules: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("format rules: %w", err)
	}
	return replace.File(path, []byte(text), info)
}
