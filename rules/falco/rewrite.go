package falco

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
)

// Rewrite rewrites those of some files that are written for Falco; the others
// come back as they are. The files are taken together: they define macros and
// lists for each other.
func Rewrite(files []*source.File, o Options) *Result {
	w := &writer{options: o, names: newNames(), lacks: Lacks{make(map[string][]string), make(map[string][]string)}}
	read := readAll(files, o.Assume)
	if read == nil {
		return &Result{Files: files}
	}
	for _, items := range read {
		for _, it := range items {
			w.names.add(it)
		}
	}
	var out []*source.File
	for i, f := range files {
		if len(read[i]) > 0 && read[i][0].falco {
			f = w.file(f, read[i])
		}
		out = append(out, f)
	}
	return &Result{out, w.notes, w.mistakes, w.lacks, read}
}

// readAll reads the items of all files, and decides for each what it is written
// for; nil when none is Falco's.
func readAll(files []*source.File, assume bool) [][]*item {
	read, found := make([][]*item, len(files)), false
	for i, f := range files {
		if f.Set != "" {
			continue // embedded: it is needed only where it helps Falco's
		}
		read[i] = itemsOf(f)
		if isFalco(read[i], assume) {
			found = true
			for _, it := range read[i] {
				it.falco = true
			}
		}
	}
	if !found {
		return nil
	}
	for i, f := range files {
		if f.Set != "" {
			read[i] = itemsOf(f)
		}
	}
	return read
}

// writer rewrites files.
type writer struct {
	options  Options
	names    *names
	notes    []Note
	mistakes source.Mistakes
	lacks    Lacks

	edits []source.Edit // of the present file
	it    *item         // the present item
}

func (w *writer) file(f *source.File, items []*item) *source.File {
	w.edits = nil
	markReplaced(items)
	for _, it := range items {
		if it.falco {
			w.names.rename(it)
		}
	}
	for _, it := range items {
		w.it = it
		w.item()
	}
	return f.Rewrite(w.edits)
}

// note tells of something at a node.
func (w *writer) note(n *yaml.Node, format string, args ...any) {
	w.notes = append(w.notes, Note{w.it.file.At(n.Line, n.Column), w.it.title(), fmt.Sprintf(format, args...)})
}

// markReplaced finds items that a later one of the same file replaces, with what
// was appended to them. callgate takes that for a mistake.
func markReplaced(items []*item) {
	for i, it := range items {
		if it.changes() || !slices.Contains(sharedKinds, it.kind) {
			continue
		}
		for _, earlier := range items[:i] {
			if earlier.kind == it.kind && earlier.name == it.name {
				earlier.replaced = it.node.Line
			}
		}
	}
}

// item rewrites one item.
func (w *writer) item() {
	it := w.it
	src := it.value("source")
	dropped := w.options.Drop[it.position()]
	switch {
	case dropped != "":
		w.drop("it is left out: %s", dropped)
	case slices.Contains(ownKinds, it.kind):
		w.drop("%s is left out: callgate has no versions of engines and plugins", it.kind)
	case it.kind == "":
		w.drop("this is neither a rule, a macro nor a list")
	case it.replaced > 0:
		w.drop("it is left out: line %d defines it anew", it.replaced)
	case src != nil && src.Value != "syscall":
		w.drop("it is left out: its events come from %s, not from system calls", src.Value)
	default:
		w.name()
		w.keys()
		w.disable()
		if v := it.value("condition"); v != nil && v.Kind == yaml.ScalarNode {
			w.condition(v)
		}
		if v := it.value("output"); v != nil && v.Kind == yaml.ScalarNode {
			w.output(v)
		}
		if v := it.value("items"); v != nil {
			w.list(v)
		}
		if v := it.value("exceptions"); v != nil {
			w.exceptions(v)
		}
	}
}

// drop turns the item into a comment.
func (w *writer) drop(format string, args ...any) {
	w.note(w.it.node, format, args...)
	w.edits = append(w.edits, w.it.file.Comment(w.it.first(), w.it.last)...)
}

// name gives macros and lists a name that conditions can use.
func (w *writer) name() {
	it := w.it
	name := w.names.native(it.name)
	if it.kind == "rule" || name == it.name {
		return
	}
	n := it.value(it.kind)
	if e, ok := it.file.Whole(n, name); ok {
		w.edits = append(w.edits, e)
		w.note(n, "it is called %s here: conditions could not use its name", name)
	}
}
