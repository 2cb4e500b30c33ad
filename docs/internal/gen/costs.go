package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// The README quotes docs/benchmarks.md between these lines.
const (
	costsBegin = "<!-- From docs/benchmarks.md; make bench, then make generate. -->\n"
	costsEnd   = "<!-- End of what comes from docs/benchmarks.md. -->\n"
)

// quotedColumns of the benchmark's table, for one caller at a time.
var quotedColumns = []string{"call", "plain", "floor", "callgate", "strace", "callgate / floor", "strace / callgate"}

// quoteCosts renews what the README quotes. Before the first benchmark there is
// nothing to quote.
func quoteCosts(readme, benchmarks string) error {
	measured, err := os.ReadFile(benchmarks)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	quoted, err := withCosts(string(text), string(measured))
	if err != nil {
		return err
	}
	return os.WriteFile(readme, []byte(quoted), 0o644)
}

// withCosts is the README's text with the benchmark's figures in their place.
func withCosts(readme, measured string) (string, error) {
	head, rest, ok := strings.Cut(readme, costsBegin)
	_, tail, end := strings.Cut(rest, costsEnd)
	if !ok || !end {
		return "", errors.New("README.md has no place for the figures")
	}
	figures, err := costs(measured)
	return head + costsBegin + figures + costsEnd + tail, err
}

// costs takes the machine, the rows of one caller and the sentences on calls
// that are not intercepted out of the benchmark's page.
func costs(measured string) (string, error) {
	var table, machine, idle bytes.Buffer
	var columns []int
	for line := range strings.Lines(measured) {
		line = strings.TrimSpace(line)
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case strings.HasPrefix(line, "| call "):
			for _, name := range quotedColumns {
				columns = append(columns, slices.Index(cells, name))
			}
			fmt.Fprintf(&table, "| %s |\n|%s\n", strings.Join(quotedColumns, " | "), strings.Repeat("---|", len(quotedColumns)))
		case columns != nil && strings.HasPrefix(line, "|") && len(cells) > 1 && cells[1] == "1" && cells[0] != "getppid":
			var row []string
			for _, c := range columns {
				if c < 0 || c >= len(cells) {
					return "", fmt.Errorf("docs/benchmarks.md lacks a column: %s", line)
				}
				row = append(row, cells[c])
			}
			fmt.Fprintf(&table, "| %s |\n", strings.Join(row, " | "))
		case strings.Contains(line, ", Linux "):
			fmt.Fprintf(&machine, "Measured on %s\n\n", line)
		case strings.HasPrefix(line, "No rule names getppid"), strings.HasPrefix(line, "Judging an execve"):
			fmt.Fprintf(&idle, "\n%s\n", line)
		}
	}
	if columns == nil {
		return "", errors.New("docs/benchmarks.md has no table")
	}
	return "\n" + machine.String() + table.String() + idle.String() + "\n", nil
}
