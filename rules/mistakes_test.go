package rules

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each file of testdata/mistakes is full of mistakes of one kind; the golden
// file beside it has what is said about them.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files:", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			_, err := Load(Options{Paths: []string{file}})
			var mistakes Mistakes
			if !errors.As(err, &mistakes) {
				t.Fatalf("Load: %v", err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

// All mistakes of all files come at once, in the order of the files.
func TestMistakesOfSeveralFiles(t *testing.T) {
	_, err := Load(Options{Paths: []string{
		"testdata/mistakes/twice.yaml", "testdata/nothing.yaml", "testdata/mistakes/aliases.yaml", Builtin,
	}})
	golden(t, "testdata/several.golden", err.Error()+"\n")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
