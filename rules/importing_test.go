package rules

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callgate/callgate/rules/falco"
	"github.com/callgate/callgate/rules/source"
)

// Each file of testdata/falco becomes what the golden file beside it has, with
// what is said about it; and that loads.
func TestImport(t *testing.T) {
	files, err := filepath.Glob("testdata/falco/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files:", err)
	}
	for _, name := range files {
		imported, err := Import([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		text.WriteString(imported.Files[0].Content())
		for _, n := range imported.Notes {
			text.WriteString(n.String() + "\n")
		}
		golden(t, strings.TrimSuffix(name, ".yaml")+".golden", text.String())
		loadsAlike(t, imported)
	}
}

// loadsAlike: what was imported is callgate's, without mistakes, and its rules
// are the imported ones.
func loadsAlike(t *testing.T, imported *Imported) *Set {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, f := range imported.Files {
		path := filepath.Join(dir, filepath.Base(f.Name))
		if err := os.WriteFile(path, []byte(f.Content()), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	set := load(t, Options{Paths: paths})
	for _, r := range imported.Set.Rules() {
		own := rule(t, set, r.Name)
		can, _ := r.CanFire()
		ownCan, reason := own.CanFire()
		if own.Condition != r.Condition || own.Enabled != r.Enabled || own.Priority != r.Priority || can != ownCan {
			t.Errorf("%s: imported as %+v, loads as %+v (%s)", r.Name, r, own, reason)
		}
	}
	again, err := Import(paths)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range again.Files {
		if f.Content() != imported.Files[i].Content() && !isNeutral(f) {
			t.Errorf("%s is not left alone when it is imported again", f.Name)
		}
	}
	return set
}

func isNeutral(f *source.File) bool { return !strings.Contains(f.Content(), "condition") }

// What can't be read is an error, and a file of callgate's own is left alone.
func TestImportOfOtherFiles(t *testing.T) {
	for _, path := range []string{"testdata/nothing", "testdata/mistakes/binary.yaml", "testdata/mistakes/tab.yaml"} {
		_, err := Import([]string{path})
		var mistakes Mistakes
		if !errors.As(err, &mistakes) {
			t.Errorf("%s: %v", path, err)
		}
	}
	imported, err := Import([]string{"builtin/default.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile("builtin/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if imported.Files[0].Content() != string(content) || len(imported.Notes) != 1 {
		t.Errorf("callgate's own file: %v", imported.Notes)
	}
}

// What a file is written for is told from the whole of it.
func TestDialects(t *testing.T) {
	for text, falco := range map[string]bool{
		"proc.name = sh":                                 true,
		"proc.name in (a, b)":                            true,
		"fd.name startswith /etc and spawned_process":    true,
		"and not proc.pname in (x)":                      false,
		"and not proc.pname in (x, y)":                   true,
		"spawned_process and container":                  false,
		`proc.name == "sh"`:                              false,
		`proc.name in ["a"] or proc.name startsWith "b"`: false,
		`has(proc.name)`:                                 false,
	} {
		f := file(t, "- macro: m\n  condition: '"+text+"'\n- list: x\n  items: [a]\n")
		if _, err := Load(Options{Paths: []string{f}}); err != nil && !strings.HasPrefix(text, "and") {
			t.Errorf("%s: %v", text, err)
		}
		if got := isFalco(t, f); got != falco {
			t.Errorf("%s is taken for Falco's: %t", text, got)
		}
	}
	for text, falco := range map[string]bool{
		"- macro: a\n  condition: proc.name = a\n- macro: b\n  condition: has(proc.name)\n":                                             false,
		"- macro: a\n  condition: proc.name = a\n- macro: b\n  condition: has(proc.name)\n- macro: c\n  condition: fd.name exists\n":    true,
		"- required_engine_version: 1\n- macro: b\n  condition: has(proc.name)\n":                                                       true,
		"- macro: a\n  condition: proc.name = a\n- rule: r\n  condition: proc.name = b\n  output: o\n  priority: info\n  action: log\n": false,
		"- list: a\n  items: [b]\n": false,
		"":                          false,
	} {
		if got := isFalco(t, file(t, text)); got != falco {
			t.Errorf("%s is taken for Falco's: %t", text, got)
		}
	}
}

func isFalco(t *testing.T, path string) bool {
	t.Helper()
	files, mistakes := source.Read(path)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	return falco.Rewrite(files, falco.Options{}).IsFalco(path)
}

// No file makes the importer panic or hang; what it makes of one loads as
// callgate's own.
func FuzzImport(f *testing.F) {
	for _, pattern := range []string{"testdata/falco/*.yaml", "testdata/mistakes/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(content))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		original, mistake := source.NewFile("rules.yaml", "", []byte(text))
		if mistake != nil {
			return
		}
		if _, mistake := original.Documents(); mistake != nil {
			return
		}
		imported, err := importFiles([]*source.File{original})
		if err != nil {
			return // mistakes outside of all items, or of a file of callgate's own
		}
		for _, n := range imported.Notes {
			if n.Line < 1 || n.Column < 1 || n.Msg == "" {
				t.Fatalf("note %+v", n)
			}
		}
		if _, err := loadText(imported.Files[0].Content()); err != nil {
			t.Fatalf("%v\n%s", err, imported.Files[0].Content())
		}
	})
}
