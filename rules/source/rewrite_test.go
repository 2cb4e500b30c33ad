package source_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
)

// What is replaced is written as its scalar is, everything else stays, and
// places of the result are those of the original.
func TestRewrite(t *testing.T) {
	const text = "# é\n- plain: a bc d\n- 'single': 'it''s x'\n- double: \"a\\tb \\u00e9 c\"\n- folded: >\n    one\n    two\n\n- gone:\n    - 1 # one\n  kept: [x]\n"
	const want = "# é\n- plain: a BB BB d\n- 'single': 'it''s ''y'''\n- double: \"a\\tb \\\"\\\\\\\" c\"\n- folded: >\n    one\n    2\n\n# - gone:\n#     - 1 # one\n  kept: whole\n"
	f, mistake := source.NewFile("f", "", []byte(text))
	if mistake != nil {
		t.Fatal(mistake)
	}
	documents, mistake := f.Documents()
	if mistake != nil {
		t.Fatal(mistake)
	}
	value := func(i int) *yaml.Node { return documents[0].Content[i].Content[1] }
	var edits []source.Edit
	for _, change := range []struct {
		node     *yaml.Node
		from, to int
		text     string
	}{
		{value(3), 4, 7, "2"}, {value(0), 2, 4, "BB BB"}, {value(1), 5, 6, "'y'"}, {value(2), 4, 5, `"\"`},
	} {
		scalar, ok := f.Scalar(change.node)
		if !ok {
			t.Fatal(change.text)
		}
		edits = append(edits, scalar.Replace(change.from, change.to, change.text))
	}
	whole, ok := f.Whole(documents[0].Content[4].Content[3].Content[0], "whole")
	if !ok {
		t.Fatal("no whole")
	}
	edits = append(edits, whole, f.Cut(11, 9, 11, 10), f.Cut(11, 11, 11, 12))
	g := f.Rewrite(append(edits, f.Comment(9, 10)...))
	if g.Content() != want {
		t.Fatalf("became\n%s\nnot\n%s", g.Content(), want)
	}
	if !g.IsRewritten() || f.IsRewritten() {
		t.Error("which is rewritten?")
	}
	lines := strings.Split(want, "\n")
	for _, tt := range []struct {
		line   int
		needle string
		place  string
	}{
		{2, "BB BB", "f:2:12"}, {2, " d", "f:2:14"}, {7, "2", "f:7:5"}, {11, "kept", "f:11:3"}, {11, "whole", "f:11:10"}, {4, " c", "f:4:23"},
	} {
		column := len([]rune(lines[tt.line-1][:strings.Index(lines[tt.line-1], tt.needle)])) + 1
		if got := g.At(tt.line, column).String(); got != tt.place {
			t.Errorf("%q stands at %s, not %s", tt.needle, got, tt.place)
		}
	}
	if m := g.Mistake(g.At(2, 10), "x"); !strings.Contains(m.Error(), "- plain: a bc d") {
		t.Errorf("a mistake does not show the line that the user has: %v", m)
	}
}
