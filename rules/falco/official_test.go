package falco_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules"
)

// official are the paths of Falco's own rule files, in Falco's order.
func official(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("CALLGATE_FALCO_RULES")
	if _, err := os.Stat(dir); dir == "" || err != nil {
		t.Skip("CALLGATE_FALCO_RULES names no directory with the official rules")
	}
	var paths []string
	for _, name := range []string{"falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"} {
		paths = append(paths, filepath.Join(dir, name))
	}
	return paths
}

// silent are the official rules that no event matches, each with a part of the
// reason that is given.
var silent = map[string]string{
	"Java Process Class File Download":        "evt.buffer is not known before the call",
	"Launch Disallowed Container":             "container.id is always known",
	"Network Connection outside Local Subnet": "k8s.ns.name is compared with an empty list",
}

// All official rules load, and nearly all of them can match; the others say why
// not. Imported they are the same rules.
func TestOfficialRules(t *testing.T) {
	paths := official(t)
	set, err := rules.Load(rules.Options{Paths: paths})
	if err != nil {
		t.Fatal(err)
	}
	imported, err := rules.Import(paths)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range imported.Files {
		content := f.Content()
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f.Name)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		keepsComments(t, f.Name, content)
	}
	own, err := rules.Load(rules.Options{Paths: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	total, fire := 0, 0
	for _, r := range set.Rules() {
		if r.SetName != "" {
			continue
		}
		total++
		can, reason := r.CanFire()
		if can {
			fire++
		}
		if want, isSilent := silent[r.Name]; can == isSilent || !strings.Contains(reason, want) {
			t.Errorf("%s can match: %t, %s", r.Name, can, reason)
		}
		o, err := own.Lookup(r.Name)
		if err != nil {
			t.Fatal(err)
		}
		if o.Desc != r.Desc || o.Priority != r.Priority || o.Output.Source() != r.Output.Source() || strings.Join(o.Tags, " ") != strings.Join(r.Tags, " ") ||
			strings.Join(o.Calls(), " ") != strings.Join(r.Calls(), " ") {
			t.Errorf("%s is imported as %+v, and loaded as %+v", r.Name, o, r)
		}
	}
	if total != 93 || fire < 88 {
		t.Errorf("%d rules, of which %d can match", total, fire)
	}
	for _, n := range imported.Notes {
		if n.Line < 1 || n.Column < 1 || !strings.HasPrefix(n.File, filepath.Dir(paths[0])) {
			t.Errorf("a note without a place: %v", n)
		}
	}
}

// keepsComments: every comment line of a file is in what it became.
func keepsComments(t *testing.T, name, content string) {
	t.Helper()
	original, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rest := content
	for line := range strings.Lines(string(original)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		_, after, found := strings.Cut(rest, line)
		if !found {
			t.Fatalf("%s: lost %q", name, line)
		}
		rest = after
	}
}

// entry is an item of a rule file, as Falco defines it.
type entry struct {
	List      string
	Items     []string
	Macro     string
	Condition string
	Rule      string
}

// entries reads the items of Falco's files by themselves.
func entries(t *testing.T, paths []string) (all []entry) {
	t.Helper()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var more []entry
		if err := yaml.Unmarshal(content, &more); err != nil {
			t.Fatal(err)
		}
		all = append(all, more...)
	}
	return all
}
