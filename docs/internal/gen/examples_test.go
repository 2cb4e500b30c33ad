package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/ruletest"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The rules that the documentation shows can be loaded, one after the other.
func TestExamplesLoad(t *testing.T) {
	for _, page := range []string{"README.md", "docs/rules-language.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		paths := []string{rules.Builtin}
		dir := t.TempDir()
		for i, block := range yamlBlock.FindAllSubmatch(text, -1) {
			path := filepath.Join(dir, fmt.Sprintf("block%d.yaml", i))
			if err := os.WriteFile(path, block[1], 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		if len(paths) == 1 {
			t.Errorf("%s shows no rules", page)
		}
		if _, err := rules.Load(rules.Options{Paths: paths}); err != nil {
			t.Errorf("%s: %v", page, err)
		}
	}
}

// The tests that the documentation shows can be read.
func TestExampleTestsRead(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "rule-tests.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Error("the page shows no tests")
	}
	for _, block := range blocks {
		path := filepath.Join(t.TempDir(), "tests.yaml")
		if err := os.WriteFile(path, block[1], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ruletest.Read(path); err != nil {
			t.Error(err)
		}
	}
}
