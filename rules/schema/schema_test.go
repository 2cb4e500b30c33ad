package schema_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/ruletest"
	"github.com/callgate/callgate/rules/schema"
)

// compile makes a validator of a schema, and so holds the schema to the draft's
// own.
func compile(t *testing.T, o schema.Object) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(o.Text())))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("callgate.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("callgate.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate is what an editor does with a YAML file.
func validate(t *testing.T, s *jsonschema.Schema, content string) error {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal([]byte(content), &doc); err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// put writes a file of rules or tests.
func put(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, content string) error {
	t.Helper()
	_, err := rules.Load(rules.Options{Paths: []string{put(t, content)}})
	return err
}

func read(t *testing.T, content string) error {
	t.Helper()
	_, err := ruletest.Read(put(t, content))
	return err
}

func files(t *testing.T, pattern string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no files: %v", pattern, err)
	}
	contents := make(map[string]string)
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents[name] = string(content)
	}
	return contents
}

// The embedded rules and their tests have no mistakes.
func TestEmbedded(t *testing.T) {
	for pattern, o := range map[string]schema.Object{
		"../builtin/*.yaml": rules.Schema(), "../builtin/tests/local/*.yaml": rules.Schema(), "../builtin/tests/*.yaml": ruletest.Schema(),
	} {
		s := compile(t, o)
		for name, content := range files(t, pattern) {
			if err := validate(t, s, content); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Each of these is a mistake to both.
func TestMistakes(t *testing.T) {
	for _, kind := range []struct {
		name     string
		schema   schema.Object
		load     func(*testing.T, string) error
		mistakes []string
	}{
		{"rules", rules.Schema(), load, ruleMistakes},
		{"tests", ruletest.Schema(), read, testMistakes},
	} {
		s := compile(t, kind.schema)
		for _, content := range kind.mistakes {
			if kind.load(t, content) == nil {
				t.Errorf("%s: the loader takes\n%s", kind.name, content)
			}
			if validate(t, s, content) == nil {
				t.Errorf("%s: the schema takes\n%s", kind.name, content)
			}
		}
	}
}

// Both take every form that an item can have.
func TestForms(t *testing.T) {
	ofRules, ofTests := compile(t, rules.Schema()), compile(t, ruletest.Schema())
	for _, content := range ruleForms {
		if err := load(t, content); err != nil {
			t.Errorf("the loader refuses\n%s\n%v", content, err)
		}
		if err := validate(t, ofRules, content); err != nil {
			t.Errorf("the schema refuses\n%s\n%v", content, err)
		}
	}
	for _, content := range testForms {
		if err := read(t, content); err != nil {
			t.Errorf("the reader refuses\n%s\n%v", content, err)
		}
		if err := validate(t, ofTests, content); err != nil {
			t.Errorf("the schema refuses\n%s\n%v", content, err)
		}
	}
}

// What the schema marks is a mistake: it is held to the loader with each key of
// an item set to values of all kinds.
func TestNoFalseAlarm(t *testing.T) {
	s := compile(t, rules.Schema())
	values := []string{"null", "true", "false", "5", "1.5", `""`, `" "`, "[]", "{}", "a", "[a]", "[[a]]", "[null]", `[""]`, "{a: b}", "[{name: a}]",
		"append", "replace", "log", "deny", "NOTICE", "Info", "EPERM", "ENOTSUP", "syscall", "[{name: a, fields: proc.name, comps: in}]",
		"[{name: 1, fields: [proc.name, fd.name], comps: [= AnyOf, ==], values: [[[a, 1], true]]}]", "{condition: append}", "{items: replace}"}
	keys := []string{"rule", "macro", "list", "desc", "condition", "output", "priority", "action", "errno", "tags", "enabled", "source", "exceptions", "override", "append", "items", "other"}
	base := map[string]map[string]string{
		"rule":  {"rule": "r", "condition": `evt.type == "bind"`, "output": "x", "priority": "notice"},
		"macro": {"macro": "m", "condition": "true"},
		"list":  {"list": "l", "items": "[a]"},
	}
	refused := 0
	for kind, item := range base {
		for _, key := range keys {
			for _, value := range append(values, "") {
				content := withKey(item, key, value)
				// An earlier file has all three, so that there is something to change.
				_, loaded := rules.Load(rules.Options{Paths: []string{put(t, earlier), put(t, content)}})
				if err := validate(t, s, content); err != nil && loaded == nil {
					t.Errorf("%s: the schema refuses what loads:\n%s\n%v", kind, content, err)
				} else if err != nil {
					refused++
				}
			}
		}
	}
	if refused < 500 {
		t.Errorf("the schema has refused %d items only", refused)
	}
}

const earlier = `
- rule: r
  condition: evt.type == "bind"
  output: x
  priority: notice
- macro: m
  condition: true
- list: l
  items: [a]
`

// withKey is an item with a key set to a value; without it, when that is "".
func withKey(item map[string]string, key, value string) string {
	var b strings.Builder
	b.WriteString("- ")
	for k, v := range item {
		if k != key {
			fmt.Fprintf(&b, "%s: %s\n  ", k, v)
		}
	}
	if value != "" {
		fmt.Fprintf(&b, "%s: %s\n", key, value)
	}
	return b.String()
}

// The documentation and the schema say the same of each key.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/rules-language.md")
	if err != nil {
		t.Fatal(err)
	}
	defs, _ := rules.Schema()["$defs"].(schema.Object)
	rule, _ := defs["rule"].(schema.Object)
	keys, _ := rule["properties"].(schema.Object)
	if len(keys) == 0 {
		t.Fatal("the schema has no keys of rules")
	}
	for key, value := range keys {
		o, _ := value.(schema.Object)
		if row := fmt.Sprintf("| `%s` | %s |", key, o["description"]); !strings.Contains(string(page), row) {
			t.Errorf("docs/rules-language.md lacks the row\n%s", row)
		}
	}
}
