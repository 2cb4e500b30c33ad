//go:build docs

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// This file is not part of the binary that is shipped: with the build tag docs
// the program writes docs/cli.md and docs/man into the directory named by its
// argument, and does nothing else.
func init() {
	if err := writeDocs(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintf(os.Stderr, "gendocs: %v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func writeDocs(dir string) error {
	root := newRoot()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.DisableAutoGenTag = true
	man := filepath.Join(dir, "man")
	if err := errors.Join(os.RemoveAll(man), os.MkdirAll(man, 0o755), writeMan(root, man)); err != nil {
		return err
	}
	b := bytes.NewBufferString("<!-- Made from the commands themselves; run make generate. -->\n\n# Command line\n")
	if err := writeMarkdown(root, b); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "cli.md"), b.Bytes(), 0o644)
}

// writeMan writes the manual pages of a command and those below it. They carry
// no date: it would differ each time they are made.
func writeMan(cmd *cobra.Command, dir string) error {
	if !documented(cmd) {
		return nil
	}
	var page bytes.Buffer
	header := &doc.GenManHeader{Section: "1", Manual: "callgate", Source: "callgate", Date: &time.Time{}}
	if err := doc.GenMan(cmd, header, &page); err != nil {
		return err
	}
	text := bytes.Replace(page.Bytes(), []byte(header.Date.Format("Jan 2006")), nil, 1)
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
		return err
	}
	for _, c := range cmd.Commands() {
		if err := writeMan(c, dir); err != nil {
			return err
		}
	}
	return nil
}

// documented leaves out what is hidden, and cobra's command for each shell.
func documented(cmd *cobra.Command) bool {
	if cmd.HasParent() && cmd.Parent().Name() == "completion" {
		return false
	}
	return !cmd.HasParent() || cmd.IsAvailableCommand() && !cmd.IsAdditionalHelpTopicCommand()
}

// writeMarkdown writes a command and those below it into one page.
func writeMarkdown(cmd *cobra.Command, b *bytes.Buffer) error {
	if !documented(cmd) {
		return nil
	}
	link := func(page string) string { return "#" + strings.ReplaceAll(strings.TrimSuffix(page, ".md"), "_", "-") }
	var page bytes.Buffer
	if err := doc.GenMarkdownCustom(cmd, &page, link); err != nil {
		return err
	}
	b.WriteString("\n")
	b.Write(bytes.TrimSpace(page.Bytes()))
	b.WriteString("\n")
	for _, c := range cmd.Commands() {
		if err := writeMarkdown(c, b); err != nil {
			return err
		}
	}
	return nil
}
