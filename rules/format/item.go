package format

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
)

// block is a key of an item with its value, as lines.
type block struct {
	key      string
	comments []string // in the lines above it
	lines    []string // indented as the key is: that of the first one is cut off
}

// item writes the item that ends before a line, and tells the first line behind
// what belongs to it. An item in a form that is not one key a line stays as it is.
func (w *writer) item(f *source.File, n *yaml.Node, end int) int {
	last := lastLine(f, n, end)
	indent, ok := blockForm(f, n)
	if !ok {
		margin := leading(f.Line(n.Line))
		for _, text := range lines(f, n.Line, last+1) {
			w.add(shift(text, -margin))
		}
		return last + 1
	}
	var blocks []block
	var comments []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, to := n.Content[i], last
		if i+2 < len(n.Content) {
			to = lastLine(f, n.Content[i+1], n.Content[i+2].Line)
		}
		b := block{key: key.Value, comments: comments}
		comments = nil
		for line := key.Line; line <= to; line++ {
			text := f.Line(line)
			if line == n.Line {
				text = strings.Repeat(" ", indent) + text[indent:] // without the dash
			}
			b.lines = append(b.lines, shift(text, 2-indent))
		}
		if key.Value == "condition" {
			b.lines = fold(b.lines, n.Content[i+1])
		}
		blocks = append(blocks, b)
		if i+2 < len(n.Content) {
			comments = commentsOf(lines(f, to+1, n.Content[i+2].Line))
		}
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return w.rank(a.key) - w.rank(b.key) })
	for i, b := range blocks {
		for _, c := range b.comments {
			w.add(strings.Repeat(" ", 2*min(i, 1)) + c)
		}
		if i == 0 {
			b.lines[0] = "-" + b.lines[0][1:]
		}
		w.add(b.lines...)
	}
	// Comments right below, as far in as the keys, are the item's.
	for last+1 < end && isComment(f.Line(last+1)) && leading(f.Line(last+1)) >= indent {
		last++
		w.add("  " + strings.TrimSpace(f.Line(last)))
	}
	return last + 1
}

// blockForm tells how far in an item's keys stand; false when they are not each
// on a line of its own.
func blockForm(f *source.File, n *yaml.Node) (indent int, ok bool) {
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle != 0 || n.Anchor != "" || len(n.Content) == 0 {
		return 0, false
	}
	indent = n.Content[0].Column - 1
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		text := f.Line(key.Line)
		if key.Column-1 != indent || len(text) < indent || !isMargin(text[:indent], i == 0) || hasHint(f, n.Content[i+1]) {
			return 0, false
		}
	}
	return indent, n.Line == n.Content[0].Line
}

// isMargin reports whether what stands before a key is blank, but for the dash
// of the item before its first one.
func isMargin(before string, first bool) bool {
	return strings.Trim(before, " ") == map[bool]string{true: "-"}[first]
}

// hasHint reports whether a block scalar anywhere in a value tells its own
// indentation, or keeps the blank lines at its end.
func hasHint(f *source.File, n *yaml.Node) bool {
	if isBlock(n) {
		header := strings.TrimRight(f.Line(n.Line), " ")
		if i := strings.LastIndexAny(header, "|>"); i < 0 || strings.ContainsAny(header[i:], "+123456789") {
			return true
		}
	}
	return slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return hasHint(f, c) })
}

func isBlock(n *yaml.Node) bool { return n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 }

// lastLine is the last line of a value that ends before a line: what follows are
// blank lines and comments. In a block scalar what looks like a comment is text.
func lastLine(f *source.File, n *yaml.Node, end int) int {
	leaf := n
	for len(leaf.Content) > 0 {
		leaf = leaf.Content[len(leaf.Content)-1]
	}
	inside := -1 // how far in the text of a block scalar stands
	for line := leaf.Line + 1; isBlock(leaf) && line < end && inside < 0; line++ {
		if text := f.Line(line); strings.TrimSpace(text) != "" {
			inside = leading(text)
		}
	}
	last := end - 1
	for last > leaf.Line {
		text := f.Line(last)
		if !f.IsBlank(last) && !isMark(text) && (!isComment(text) || inside > 0 && leading(text) >= inside) {
			break
		}
		last--
	}
	return last
}

func leading(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }

func isComment(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "#") }

// isMark reports whether a line stands between documents.
func isMark(text string) bool {
	return strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") || strings.HasPrefix(text, "%")
}

// commentsOf are the comments among lines, without what indents them.
func commentsOf(lines []string) (comments []string) {
	for _, text := range lines {
		if isComment(text) {
			comments = append(comments, strings.TrimSpace(text))
		}
	}
	return comments
}

// shift moves a line to the right, or to the left as far as it goes.
func shift(text string, by int) string {
	switch {
	case strings.TrimSpace(text) == "":
		return ""
	case by >= 0:
		return strings.Repeat(" ", by) + text
	}
	return text[min(-by, leading(text)):]
}
