package falco

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/source"
)

// condition rewrites the condition of a rule or macro.
func (w *writer) condition(n *yaml.Node) {
	text := source.NewText(w.it.file, n)
	r, err := w.names.rewriteCondition(n.Value)
	var mistake *Error
	if errors.As(err, &mistake) {
		w.mistakes = append(w.mistakes, text.Mistake(mistake.Offset, "%s", mistake.Msg))
		w.apply(n, []edit{{Span{0, utf8.RuneCountInString(strings.TrimRight(n.Value, " \t\n"))}, "false"}}) // so that it is told once
		return
	}
	for _, note := range r.notes {
		m := text.Mistake(note.offset, "%s", note.msg)
		w.notes = append(w.notes, Note{m.Position, w.it.title(), note.msg})
	}
	w.lacks.add(w.it, r)
	w.apply(n, r.edits)
}

func (w *writer) apply(n *yaml.Node, edits []edit) {
	if len(edits) == 0 {
		return
	}
	all, ok := apply(w.it.file, n, edits, w.isFlow())
	if !ok {
		w.mistakes = append(w.mistakes, w.it.file.Mistake(w.it.file.At(n.Line, n.Column),
			"this text can't be rewritten where it stands; write it without YAML's escapes"))
	}
	w.edits = append(w.edits, all...)
}

// containerInfo is what Falco writes for %container.info.
const containerInfo = "container_id=%container.id container_name=%container.name"

// output replaces fields that callgate does not have, and percent signs that
// stand before no field.
func (w *writer) output(n *yaml.Node) {
	var edits []edit
	text := []rune(n.Value)
	_, err := event.ParseTemplate(n.Value)
	var mistakes event.TemplateErrors
	if !errors.As(err, &mistakes) {
		return
	}
	at := source.NewText(w.it.file, n)
	for _, m := range mistakes {
		name, to := fieldAt(text, m.Offset+1)
		note := func(format string, args ...any) {
			place := at.Mistake(m.Offset, "x").Position
			w.notes = append(w.notes, Note{place, w.it.title(), "output: " + fmt.Sprintf(format, args...)})
		}
		switch name {
		case "":
			edits = append(edits, edit{Span{m.Offset, m.Offset + 1}, "%%"})
		case "container.info":
			edits = append(edits, edit{Span{m.Offset, to}, containerInfo})
		default:
			msg := m.Msg
			if native := renamed[name]; native != "" {
				edits = append(edits, edit{Span{m.Offset, to}, "%" + native})
				continue
			}
			if _, err := event.Lookup(name); err != nil {
				msg = "callgate has no field " + name
			}
			note("%s; <NA> stands in its place", msg)
			edits = append(edits, edit{Span{m.Offset, to}, "<NA>"})
		}
	}
	w.apply(n, edits)
}

// fieldAt is the field's name, with its index the part up to to.
func fieldAt(text []rune, from int) (name string, to int) {
	to = from
	for to < len(text) && (isWord(text[to]) || text[to] == '.') {
		to++
	}
	name = strings.TrimRight(string(text[from:to]), ".")
	to = from + len([]rune(name))
	if to < len(text) && text[to] == '[' && name != "" {
		if end := strings.IndexByte(string(text[to:]), ']'); end > 0 {
			to += len([]rune(string(text[to:])[:end])) + 1
		}
	}
	return name, to
}
