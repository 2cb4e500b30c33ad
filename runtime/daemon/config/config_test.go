package config_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/callgate/callgate/rules/source"
	"github.com/callgate/callgate/runtime/daemon/config"
)

var update = flag.Bool("update", false, "rewrite what the files in testdata expect")

// Each file in testdata holds a configuration and either what it says or all
// its mistakes.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil || len(a.Files) != 2 {
				t.Fatalf("%s must hold config.yaml and want: %v", name, err)
			}
			got := outcome(config.Parse("config.yaml", a.Files[0].Data))
			if *update {
				a.Files[1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if d := cmp.Diff(string(a.Files[1].Data), got); d != "" {
				t.Errorf("want, got:\n%s", d)
			}
		})
	}
}

func outcome(c *config.Config, err error) string {
	if err != nil {
		return err.Error() + "\n"
	}
	return strings.Join(strings.Split(fmt.Sprintf("%+v", *c), " "), "\n") + "\n"
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := config.Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file that was asked for: %v", err)
	}
	if _, err := config.Load(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	name := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(name, []byte("mdoe: enforce\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var mistakes source.Mistakes
	if _, err := config.Load(name); !errors.As(err, &mistakes) || len(mistakes) != 1 || mistakes[0].Line != 1 {
		t.Errorf("a file with a mistake: %v", err)
	}
}

// Every documented default is what an empty file gives, and every key has a
// documentation.
func TestDefaultsAreDocumented(t *testing.T) {
	var b strings.Builder
	for _, k := range config.Keys {
		fmt.Fprintf(&b, "%s: %s\n", k.Name, k.Default)
		if k.Doc == "" || k.Type == "" {
			t.Errorf("key %s is not documented", k.Name)
		}
	}
	got, err := config.Parse("defaults.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Rules, want.RuleSets = []string{"builtin"}, map[string]config.RuleSet{}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("default, documented:\n%s", d)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("rules: [builtin, /etc/callgate/rules.d]\nmode: enforce\nrule_sets: {web: {sets: [strict]}}\n"))
	f.Add([]byte("a: &x [*x]\nmode: *x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := config.Parse("f.yaml", b)
		if (c == nil) == (err == nil) {
			t.Fatalf("%v, %v", c, err)
		}
		if err != nil {
			_ = err.Error()
		}
	})
}
