package rules

import (
	"cmp"
	"slices"

	"github.com/callgate/callgate/rules/falco"
	"github.com/callgate/callgate/rules/source"
)

// loader collects the definitions of all files, then checks them.
type loader struct {
	mistakes  Mistakes
	files     []*source.File
	rules     map[string]*ruleDef
	order     []*ruleDef
	macros    map[string]*macroDef
	lists     map[string]*listDef
	selected  map[string]bool // embedded sets whose rules are on
	selectors []Selector
	threshold Threshold
	expanding []string            // macros that are being resolved, outermost first
	listItems int                 // of all lists so far, expanded
	extend    map[string][]string // what lists get beside
	lacks     *falco.Lacks        // of Falco's rules
}

func newLoader(sets []string, builtin bool) *loader {
	l := &loader{
		rules: make(map[string]*ruleDef), macros: make(map[string]*macroDef), lists: make(map[string]*listDef),
		selected: map[string]bool{coreSet: true, defaultSet: builtin},
	}
	for _, s := range sets {
		l.selected[s] = true
	}
	return l
}

// add takes the definitions of further files, which override earlier ones.
func (l *loader) add(files ...*source.File) {
	for _, f := range files {
		l.files = append(l.files, f)
		for _, it := range l.items(f) {
			switch it.kind {
			case "rule":
				l.addRule(&it)
			case "macro":
				l.addMacro(&it)
			case "list":
				l.addList(&it)
			}
		}
	}
}

// finish checks what was collected and builds the set.
func (l *loader) finish() *Set {
	for _, name := range sortedNames(l.lists) {
		l.resolveList(l.lists[name])
	}
	for _, name := range sortedNames(l.macros) {
		l.resolveMacro(l.macros[name])
	}
	s := &Set{}
	for _, d := range l.order {
		if r := l.assemble(d); r != nil {
			s.rules = append(s.rules, r)
		}
	}
	l.sortMistakes()
	if len(l.mistakes) > 0 {
		return nil
	}
	s.index()
	return s
}

// sortMistakes brings them into the order in which one reads the files.
func (l *loader) sortMistakes() {
	rank := make(map[string]int)
	for i, f := range l.files {
		rank[f.Name] = i + 1
	}
	slices.SortStableFunc(l.mistakes, func(a, b *Mistake) int {
		return cmp.Or(
			cmp.Compare(rank[a.File], rank[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	l.mistakes = slices.CompactFunc(l.mistakes, func(a, b *Mistake) bool { return a.Position == b.Position && a.Msg == b.Msg })
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
