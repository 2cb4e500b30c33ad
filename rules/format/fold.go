package format

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// width is what a condition in one line may be wide.
const width = 100

// fold breaks a condition that stands in one long line into several, before and
// and or where it can. YAML puts a blank for each of these breaks, so that the
// text stays the same.
func fold(lines []string, n *yaml.Node) []string {
	if len(lines) != 1 || len(lines[0]) <= width || n.Kind != yaml.ScalarNode || n.Tag != "!!str" || n.LineComment != "" || n.Anchor != "" {
		return lines
	}
	if n.Value != strings.TrimSpace(n.Value) || strings.ContainsAny(n.Value, "\n\r\t") {
		return lines
	}
	key, _, _ := strings.Cut(lines[0], ":")
	folded := []string{key + ": >-"}
	line := ""
	for _, clause := range clauses(n.Value) {
		switch {
		case line == "":
			line = clause
		case len(line)+1+len(clause) <= width-4:
			line += " " + clause
		default:
			folded, line = append(folded, "    "+line), clause
		}
	}
	return append(folded, "    "+line)
}

// clauses cuts a condition before each and and or that stands between single
// blanks and in no quotes.
func clauses(text string) (all []string) {
	var quote byte
	from := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == ' ' && i > from && text[i-1] != ' ' && (strings.HasPrefix(text[i:], " and ") || strings.HasPrefix(text[i:], " or ")):
			all = append(all, text[from:i])
			from = i + 1
		}
	}
	return append(all, text[from:])
}
