package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var (
	trapRow   = regexp.MustCompile(`(?m)^\| (\d+) \|.*$`)
	namedTest = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")
)

// Every trap is held by a test, and every test that the page names exists.
func TestTrapsAreHeld(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "kernel-traps.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := trapRow.FindAllSubmatch(page, -1)
	if len(rows) != 30 {
		t.Errorf("%d traps", len(rows))
	}
	for i, row := range rows {
		if string(row[1]) != strconv.Itoa(i+1) {
			t.Errorf("trap %s stands at place %d", row[1], i+1)
		}
		named := namedTest.FindAllSubmatch(row[0], -1)
		if len(named) == 0 {
			t.Errorf("trap %s has no test", row[1])
		}
		for _, n := range named {
			if !exists(t, filepath.Join(root, string(n[1])), string(n[2])) {
				t.Errorf("trap %s: there is no %s in %s", row[1], n[2], n[1])
			}
		}
	}
}

// exists looks for a test in a package's directory.
func exists(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if declared.Match(text) {
			return true
		}
	}
	return false
}
