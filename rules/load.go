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
	// Extend are texts that lists get beside the items which the files give them.
	Extend map[string][]string
	// Select switches rules on and off, one selector after the other; they win
	// over what the files and the sets say. One that means no rule is an error.
	Select []Selector
	// Threshold leaves rules out that are less grave.
	Threshold Threshold
	// Matching is how many of the rules that match an event are told.
	Matching Matching
}

// Load reads and checks rule files. Its error is a Mistakes, which lists all
// that is wrong in all of them; a set or a list that does not exist and a
// selector that means no rule are others.
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
	l.extend, l.selectors, l.threshold = o.Extend, o.Select, o.Threshold
	set, err := l.load(files)
	if set != nil {
		set.matching = o.Matching
	}
	return set, err
}

// load rewrites what is written for Falco, and checks all.
func (l *loader) load(files []*source.File) (*Set, error) {
	rewritten := falco.Rewrite(files, falco.Options{})
	l.mistakes = append(l.mistakes, rewritten.Mistakes...)
	l.lacks = &rewritten.Lacks
	l.add(rewritten.Files...)
	for _, name := range sortedNames(l.extend) {
		if l.lists[name] == nil {
			return nil, fmt.Errorf("load rules: there is no list %q to extend", name)
		}
		l.lists[name].extend(l.extend[name])
	}
	chosen := l.choose(l.selectors, l.threshold)
	set := l.finish()
	if len(l.mistakes) > 0 {
		return nil, l.mistakes
	}
	if chosen != nil {
		return nil, chosen
	}
	set.notes = rewritten.Notes
	return set, nil
}
