package rules

import (
	"cmp"
	"maps"
	"slices"

	"github.com/callgate/callgate/rules/falco"
	"github.com/callgate/callgate/rules/source"
)

// Imported are Falco's rule files in callgate's language.
type Imported struct {
	Files []*source.File
	// Notes tell of all that was not carried over as it stands, in the order of
	// the files.
	Notes []falco.Note
	// Set is what the files hold.
	Set *Set
}

// maxRounds bounds how often what does not load is left out: each round leaves
// out at least one item, and so what uses it in the next.
const maxRounds = 64

// Import rewrites Falco's rule files in callgate's language. The result loads:
// items that can't be carried over become comments, rules that can't match are
// switched off, and Notes tells of each. Its error is a Mistakes of files that
// can't be read.
func Import(paths []string) (*Imported, error) {
	var files []*source.File
	var mistakes Mistakes
	for _, path := range paths {
		more, unreadable := source.Read(path)
		mistakes = append(mistakes, unreadable...)
		for _, f := range more {
			if _, mistake := f.Documents(); mistake != nil {
				mistakes = append(mistakes, mistake)
				continue
			}
			files = append(files, f)
		}
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return importFiles(files)
}

func importFiles(files []*source.File) (*Imported, error) {
	o := falco.Options{Assume: true, Drop: make(map[Position]string), Disable: make(map[Position]string)}
	core := embedded(coreSet)
	for range maxRounds {
		result := falco.Rewrite(append([]*source.File{core}, files...), o)
		set, mistakes := loadRewritten(result)
		if len(mistakes) == 0 && !disableNever(o, set, result) {
			return &Imported{result.Files[1:], notesOf(files, set, result), set}, nil
		}
		if left := leaveOut(o, mistakes, result); len(left) > 0 {
			return nil, left
		}
	}
	return nil, Mistakes{{Position: Position{File: files[0].Name, Line: 1, Column: 1}, Msg: "import rules: mistakes lead to ever more mistakes"}}
}

func loadRewritten(result *falco.Result) (*Set, Mistakes) {
	l := newLoader(nil, false)
	l.mistakes, l.lacks = slices.Clone(result.Mistakes), &result.Lacks
	l.add(result.Files...)
	return l.finish(), l.mistakes
}

// leaveOut has the items with mistakes left out, and returns mistakes for which
// there is none.
func leaveOut(o falco.Options, mistakes Mistakes, result *falco.Result) (left Mistakes) {
	more := make(map[Position]string)
	for _, m := range mistakes {
		switch at, found := result.ItemAt(m.Position); {
		case !found || o.Drop[at] != "":
			left = append(left, m)
		case more[at] == "":
			more[at] = m.Msg
		}
	}
	maps.Copy(o.Drop, more)
	return left
}

// disableNever has the rules switched off that can't be bound: where they are
// loaded as callgate's own they would be mistakes.
func disableNever(o falco.Options, set *Set, result *falco.Result) (changed bool) {
	for _, r := range set.Rules() {
		at, found := result.ItemAt(r.Source)
		if r.never == "" || !r.Enabled || !found || o.Disable[at] != "" {
			continue
		}
		o.Disable[at] = r.never
		changed = true
	}
	return changed
}

// notesOf are the notes, with one for each rule that can't match and each file
// that is callgate's already.
func notesOf(files []*source.File, set *Set, result *falco.Result) []falco.Note {
	notes := result.Notes
	for _, r := range set.Rules() {
		if can, reason := r.CanFire(); !can && r.SetName == "" {
			notes = append(notes, falco.Note{Position: r.Source, Item: "rule " + r.Name, Msg: reason})
		}
	}
	for _, f := range files {
		if !result.IsFalco(f.Name) {
			notes = append(notes, falco.Note{Position: f.At(1, 1), Msg: "this file is written in callgate's language: it stays as it is"})
		}
	}
	rank := make(map[string]int)
	for i, f := range files {
		rank[f.Name] = i
	}
	slices.SortStableFunc(notes, func(a, b falco.Note) int {
		return cmp.Or(cmp.Compare(rank[a.File], rank[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return notes
}
