package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the README shows of the demo is what the demo prints; … stands for what
// was left out.
func TestDemoOutput(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```text\n")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatal("README.md shows no output of the demo")
	}
	out := runDemo(t, root)
	var pattern strings.Builder
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			pattern.WriteString("(?:.*\n)*?") // steps are left out between blocks
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + "\n")
	}
	if !regexp.MustCompile("(?m)^" + pattern.String()).MatchString(out) {
		t.Errorf("the demo does not print what README.md shows:\n%s", out)
	}
}

func runDemo(t *testing.T, root string) string {
	t.Helper()
	tools := t.TempDir()
	build := exec.Command("go", "build", "-buildvcs=false", "-o", tools, "./cmd/callgate", "./testdata/demo", "./testdata/demo/kubectl")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		skip := t.Skipf
		if os.Getenv("CALLGATE_REQUIRE") == "1" {
			skip = t.Fatalf
		}
		skip("the demo can't be built here: %v\n%s", err, out)
	}
	demo := exec.Command(filepath.Join(tools, "demo"), "-callgate", filepath.Join(tools, "callgate"),
		"-rules", filepath.Join("testdata", "demo", "rules.yaml"), "-tools", tools)
	demo.Dir = root
	out, err := demo.CombinedOutput()
	if err != nil {
		t.Fatalf("the demo failed: %v\n%s", err, out)
	}
	return string(out)
}
