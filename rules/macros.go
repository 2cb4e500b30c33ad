package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/source"
)

// progress of the resolution of a macro or list.
type progress uint8

const (
	pending progress = iota
	underway
	resolved
)

// macroDef is a macro.
type macroDef struct {
	name  string
	file  *source.File
	text  source.Text
	state progress
	expr  condition.Expr
	err   error
}

func (l *loader) addMacro(it *item) {
	text, ok := l.text(it, "condition")
	old := l.macros[it.name]
	mode := l.change(it, "condition", old != nil)
	switch {
	case !l.checkName(it) || !ok && it.at["condition"] != nil || mode == broken:
	case !ok:
		l.fail(it.file, it.keys[it.kind], "macro %s has no condition", it.name)
	case mode == appended:
		old.text = old.text.Append(text)
	case mode == replaced:
		old.text = text
	case old != nil && old.file == it.file:
		l.fail(it.file, it.keys[it.kind], "macro %s is defined twice in this file", it.name)
	default:
		l.macros[it.name] = &macroDef{name: it.name, file: it.file, text: text}
	}
}

// checkName refuses names of macros and lists that no condition can use.
func (l *loader) checkName(it *item) bool {
	if condition.IsName(it.name) {
		return true
	}
	l.fail(it.file, it.keys[it.kind], "%q can't be the name of a %s: conditions could not use it", it.name, it.kind)
	return false
}

// Macro resolves a macro for a condition.
func (l *loader) Macro(name string) (condition.Expr, error) {
	m, ok := l.macros[name]
	switch {
	case !ok:
		return nil, condition.ErrUndefined
	case m.state == underway:
		return nil, fmt.Errorf("macro %s is defined by itself: %s", name, cycle(l.expanding, name))
	}
	l.resolveMacro(m)
	return m.expr, m.err
}

// List resolves a list for a condition.
func (l *loader) List(name string) (*condition.List, error) {
	d, ok := l.lists[name]
	if !ok {
		return nil, condition.ErrUndefined
	}
	l.resolveList(d)
	return &d.list, d.err
}

// MacroNames are for suggestions.
func (l *loader) MacroNames() []string { return sortedNames(l.macros) }

// ListNames are for suggestions.
func (l *loader) ListNames() []string { return sortedNames(l.lists) }

func cycle(path []string, name string) string {
	return strings.Join(append(path[slices.Index(path, name):len(path):len(path)], name), " → ")
}

func (l *loader) resolveMacro(m *macroDef) {
	if m.state != pending {
		return
	}
	m.state = underway
	l.expanding = append(l.expanding, m.name)
	if len(l.expanding) > condition.MaxDepth {
		m.err = condition.ErrBroken
		l.mistakes = append(l.mistakes, m.text.Mistake(0, "macros are nested deeper than %d", condition.MaxDepth))
	} else {
		m.expr, m.err = l.parse(m.text)
	}
	l.expanding = l.expanding[:len(l.expanding)-1]
	m.state = resolved
}

// parse checks a condition and reports its mistakes.
func (l *loader) parse(t source.Text) (condition.Expr, error) {
	x, err := condition.Parse(t.String(), l)
	var errs condition.Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			l.mistakes = append(l.mistakes, t.Mistake(e.Offset, "%s", e.Msg))
		}
	}
	if err != nil {
		return nil, condition.ErrBroken
	}
	return x, nil
}
