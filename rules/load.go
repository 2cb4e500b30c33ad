package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/falco"
	"github.com/callgate/callgate/rules/source"
)

// Builtin among Options.Paths stands for the embedded rules.
const Builtin = "builtin"

// Options say what to load.
type Options struct {
	// Paths are rule files and directories of them (*.yaml, *.yml), or the word
	// Builtin; later ones override earlier ones. None means Builtin. The
	// embedded set core is loaded in any case, before the others.
	Paths []string
	// Sets are embedded sets to switch on: beside default where the embedded
	// rules are loaded, else alone.
	Sets []string
}

// Load reads and checks rule files. Its error is a Mistakes, which lists all
// that is wrong in all of them; a set that does not exist is another error.
func Load(o Options) (*Set, error) {
	for _, name := range o.Sets {
		if !slices.Contains(SetNames(), name) {
			return nil, fmt.Errorf("load rules: there is no set %q; there are %s", name, strings.Join(SetNames(), ", "))
		}
	}
	paths := o.Paths
	if len(paths) == 0 {
		paths = []string{Builtin}
	}
	l := newLoader(o.Sets, slices.Contains(paths, Builtin))
	files := []*source.File{embedded(coreSet)}
	for _, name := range o.Sets {
		if !slices.Contains(paths, Builtin) && name != coreSet {
			files = append(files, embedded(name))
		}
	}
	for _, path := range paths {
		if path != Builtin {
			more, mistakes := source.Read(path)
			l.mistakes = append(l.mistakes, mistakes...)
			files = append(files, more...)
			continue
		}
		for _, name := range SetNames() {
			if name != coreSet {
				files = append(files, embedded(name))
			}
		}
	}
	return l.load(files)
}

// load rewrites what is written for Falco, and checks all.
func (l *loader) load(files []*source.File) (*Set, error) {
	rewritten := falco.Rewrite(files, falco.Options{})
	l.mistakes = append(l.mistakes, rewritten.Mistakes...)
	l.lacks = &rewritten.Lacks
	l.add(rewritten.Files...)
	set := l.finish()
	if len(l.mistakes) > 0 {
		return nil, l.mistakes
	}
	set.notes = rewritten.Notes
	return set, nil
}
