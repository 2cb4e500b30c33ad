package source_test

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/rules/source"
)

// However YAML writes a text, each of its characters that is no blank is found
// where it stands.
func TestPositions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zé(]{1,3}["']?[a-z=]{0,3}`), 1, 12).Draw(t, "words")
		content := write(t, words)
		f, mistake := source.NewFile("f", "", []byte(content))
		if mistake != nil {
			t.Fatal(mistake)
		}
		var doc yaml.Node
		if err := yaml.Load([]byte(content), &doc); err != nil {
			t.Skip(err)
		}
		n := doc.Content[0].Content[1]
		text := source.NewText(f, n)
		lines := strings.Split(content, "\n")
		for i, r := range []rune(text.String()) {
			m := text.Mistake(i, "x")
			if r == ' ' || r == '\n' {
				continue
			}
			if got := []rune(lines[m.Line-1])[m.Column-1]; got != r && got != '\\' {
				t.Fatalf("character %d of %q, %q, is said to be %q at %v of\n%s", i, text, r, got, m.Position, content)
			}
		}
	})
}

// write draws a way to write words as the value of a key.
func write(t *rapid.T, words []string) string {
	sep := func() string {
		return rapid.SampledFrom([]string{" ", " ", "  ", "\n    ", "\n\n    ", "\n      "}).Draw(t, "separator")
	}
	join := func(escape func(string) string) string {
		var b strings.Builder
		for i, w := range words {
			if i > 0 {
				b.WriteString(sep())
			}
			b.WriteString(escape(w))
		}
		return b.String()
	}
	same := func(s string) string { return s }
	switch rapid.IntRange(0, 4).Draw(t, "style") {
	case 0:
		return "kéy: " + join(same) + "\n"
	case 1:
		return "key: '" + join(func(s string) string { return strings.ReplaceAll(s, "'", "''") }) + "'\n"
	case 2:
		return `key: "` + join(func(s string) string {
			return strings.NewReplacer(`"`, `\"`, "é", `\u00e9`).Replace(s)
		}) + "\"\n"
	case 3:
		return "key: |\n    " + join(same) + "\n"
	}
	return "key: >-\n    " + join(same) + "\n"
}

func TestAppendedText(t *testing.T) {
	first, _ := source.NewFile("first", "", []byte("a: has(x)\n"))
	second, _ := source.NewFile("second", "", []byte("b:   and has(y)\n"))
	var a, b yaml.Node
	for content, n := range map[string]*yaml.Node{first.Content(): &a, second.Content(): &b} {
		if err := yaml.Load([]byte(content), n); err != nil {
			t.Fatal(err)
		}
	}
	text := source.NewText(first, a.Content[0].Content[1]).Append(source.NewText(second, b.Content[0].Content[1]))
	if text.String() != "has(x) and has(y)" {
		t.Errorf("text: %q", text)
	}
	for offset, want := range map[int]string{0: "first:1:4", 5: "first:1:9", 7: "second:1:6", 15: "second:1:14", 99: "second:1:16"} {
		if got := text.Mistake(offset, "x").Position.String(); got != want {
			t.Errorf("character %d is at %s, want %s", offset, got, want)
		}
	}
}

// Whatever the file, a mistake anywhere has a place inside it and can be told.
func FuzzPositions(f *testing.F) {
	f.Add("a: \"x\\\n  y\\u00e9\"", 3)
	f.Add("a: |2\n   x\n\n  y", 4)
	f.Add("a: 'it''s'", 2)
	f.Fuzz(func(t *testing.T, content string, offset int) {
		file, mistake := source.NewFile("f", "", []byte(content))
		if mistake != nil {
			return
		}
		var doc yaml.Node
		if yaml.Load([]byte(content), &doc) != nil {
			return
		}
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			if n.Kind == yaml.ScalarNode {
				m := source.NewText(file, n).Mistake(offset, "x")
				if lines := strings.Count(content, "\n") + 1; m.Line < 1 || m.Line > lines || m.Column < 1 {
					t.Fatalf("mistake at %v of %d lines", m.Position, lines)
				}
				_ = fmt.Sprint(m)
			}
			for _, c := range n.Content {
				walk(c)
			}
		}
		walk(&doc)
	})
}
