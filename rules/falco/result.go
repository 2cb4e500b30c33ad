package falco

import (
	"slices"

	"github.com/callgate/callgate/rules/source"
)

// Options are for importing; the zero value is for loading.
type Options struct {
	// Assume takes files that both languages read alike for Falco's.
	Assume bool
	// Drop are items, by the place of their first key, that are to become
	// comments, each with the reason.
	Drop map[source.Position]string
	// Disable are rules that are to be switched off, likewise.
	Disable map[source.Position]string
}

// Result is what became of some files.
type Result struct {
	Files    []*source.File
	Notes    []Note
	Mistakes source.Mistakes // of conditions that can't be read; they stand unchanged in Files
	Lacks    Lacks

	read [][]*item
}

// ItemAt is the place of the item in which a position lies, as Options name it.
// Found is false where there is none.
func (r *Result) ItemAt(p source.Position) (at source.Position, found bool) {
	for _, items := range r.read {
		for _, it := range items {
			if it.file.Name == p.File && it.falco && it.first() <= p.Line && p.Line <= it.last {
				return it.position(), true
			}
		}
	}
	return p, false
}

// IsFalco reports whether a file was taken for Falco's.
func (r *Result) IsFalco(name string) bool {
	return slices.ContainsFunc(r.read, func(items []*item) bool {
		return len(items) > 0 && items[0].file.Name == name && items[0].falco
	})
}
