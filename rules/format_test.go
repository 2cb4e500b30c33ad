package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/rules/source"
)

// formatted is a file of some content in the common form.
func formatted(t *testing.T, content string) (string, error) {
	t.Helper()
	f, mistake := source.NewFile("a.yaml", "", []byte(content))
	if mistake != nil {
		return "", mistake
	}
	text, mistakes := Format(f)
	if len(mistakes) > 0 {
		return "", mistakes
	}
	return text, nil
}

// differs names the first rule of which two sets tell something else, but for
// where it stands.
func differs(a, b *Set) string {
	if len(a.rules) != len(b.rules) {
		return "the number of rules"
	}
	for i, r := range a.rules {
		q := b.rules[i]
		if r.Name != q.Name || r.Desc != q.Desc || r.Condition != q.Condition || r.Output.Source() != q.Output.Source() ||
			r.Priority != q.Priority || r.Action != q.Action || r.Errno != q.Errno || r.Enabled != q.Enabled || r.never != q.never ||
			!slices.Equal(r.Tags, q.Tags) || !slices.Equal(r.Calls(), q.Calls()) || r.expr.Size() != q.expr.Size() {
			return r.Name
		}
	}
	return ""
}

// comments are the lines that are comments, sorted: with a key they move.
func comments(content string) (all []string) {
	for line := range strings.Lines(content) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

func TestFormatKeepsMeaning(t *testing.T) {
	patterns := []string{"builtin/*.yaml", "builtin/tests/local/*.yaml", "testdata/falco/operators.yaml"}
	if dir := os.Getenv("CALLGATE_FALCO_RULES"); dir != "" {
		patterns = append(patterns, filepath.Join(dir, "*.yaml"))
	}
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files: %v", pattern, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text, err := formatted(t, string(content))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if again, err := formatted(t, text); err != nil || again != text {
				t.Errorf("%s: formatted again it differs: %v\n%s", name, err, cmp.Diff(text, again))
			}
			if diff := cmp.Diff(comments(string(content)), comments(text)); diff != "" {
				t.Errorf("%s: comments (-before +after):\n%s", name, diff)
			}
			path := filepath.Join(t.TempDir(), "a.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			before, err := Load(Options{Paths: []string{name}})
			after, errAfter := Load(Options{Paths: []string{path}})
			if err != nil || errAfter != nil {
				t.Errorf("%s: load: %v, formatted: %v", name, err, errAfter)
				continue
			}
			if what := differs(before, after); what != "" {
				t.Errorf("%s: formatted it means something else: %s", name, what)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	content, err := os.ReadFile("testdata/format/untidy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := formatted(t, string(content))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/format/untidy.golden", text)
}

// What has mistakes is refused.
func TestFormatRefuses(t *testing.T) {
	for _, content := range []string{
		"a text", "- rule: [", "- 5\n", "- rul: A\n", "- rule: A\n  rule: B\n", "- rule: A\n  tags: *x\n", "- list: a\n  desc: b\n",
	} {
		if text, err := formatted(t, content); err == nil {
			t.Errorf("taken:\n%s\nas\n%s", content, text)
		}
	}
}

// FuzzFormat: whatever the file, it is refused or formatted to what is left as it
// is by formatting.
func FuzzFormat(f *testing.F) {
	for _, pattern := range []string{"builtin/core.yaml", "testdata/format/*.yaml", "testdata/falco/*.yaml", "testdata/mistakes/*.yaml"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(content))
		}
	}
	f.Fuzz(func(t *testing.T, content string) {
		text, err := formatted(t, content)
		if err != nil {
			return
		}
		if again, err := formatted(t, text); err != nil || again != text {
			t.Errorf("formatted again it differs: %v\n%s", err, cmp.Diff(text, again))
		}
	})
}
