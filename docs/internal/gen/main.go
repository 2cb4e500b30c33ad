// Command gen writes the reference pages that follow from callgate's own
// tables: docs/fields.md from the event, docs/syscalls.md from the calls,
// docs/rules.md from the embedded rules, docs/config.md from the keys of the
// daemon's configuration; and the schemas of rule files and of files of tests. It renews the figures that the README quotes, too.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/ruletest"
	"github.com/callgate/callgate/rules/schema"
)

//go:generate go run . -o ../..

// page is a file to write.
type page struct {
	name  string
	write func(*bytes.Buffer) error
}

var pages = []page{
	{"fields.md", writeFields},
	{"syscalls.md", writeSyscalls},
	{"rules.md", writeRules},
	{"config.md", writeConfig},
}

// schemas are the schemas by which editors complete rule files and tests.
var schemas = map[string]schema.Object{"rules.schema.json": rules.Schema(), "rule-tests.schema.json": ruletest.Schema()}

const note = "<!-- Made by docs/internal/gen; change what it is made from and run make generate. -->\n\n"

func main() {
	out := flag.String("o", "docs", "directory to write to")
	flag.Parse()
	for _, p := range pages {
		b := bytes.NewBufferString(note)
		if err := p.write(b); err != nil {
			fail(p.name, err)
		}
		if err := os.WriteFile(filepath.Join(*out, p.name), b.Bytes(), 0o644); err != nil {
			fail(p.name, err)
		}
	}
	for name, s := range schemas {
		if err := os.WriteFile(filepath.Join(*out, name), s.Text(), 0o644); err != nil {
			fail(name, err)
		}
	}
	if err := quoteCosts(filepath.Join(*out, "..", "README.md"), filepath.Join(*out, "benchmarks.md")); err != nil {
		fail("README.md", err)
	}
}

func fail(name string, err error) {
	fmt.Fprintf(os.Stderr, "gen: write %s: %v\n", name, err)
	os.Exit(1)
}

// cell makes a text safe in a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
