package format

import (
	"slices"
	"strings"
)

// writer collects the lines of the result.
type writer struct {
	order []string
	lines []string
}

func (w *writer) add(lines ...string) { w.lines = append(w.lines, lines...) }

// rank is a key's place in an item; those that have none come last.
func (w *writer) rank(key string) int {
	if i := slices.Index(w.order, key); i >= 0 {
		return i
	}
	return len(w.order)
}

// gap writes what stands between two items: comments, at the margin, and marks
// of documents. Of blank lines one stays; there is one below an item.
func (w *writer) gap(lines []string) {
	blank := len(w.lines) > 0 && !slices.ContainsFunc(lines, func(text string) bool { return strings.TrimSpace(text) == "" })
	for _, text := range lines {
		text = strings.TrimSpace(text)
		if text != "" {
			if blank {
				w.add("")
			}
			w.add(text)
			blank = false
			continue
		}
		blank = len(w.lines) > 0
	}
	if blank {
		w.add("")
	}
}

// text is all of it, without blank lines at the end.
func (w *writer) text() string {
	text := strings.TrimRight(strings.Join(w.lines, "\n"), "\n ")
	if text == "" {
		return ""
	}
	return text + "\n"
}
