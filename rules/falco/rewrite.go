package falco

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

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
		if it.changes() || !slices.Contains([]string{"rule", "macro", "list"}, it.kind) {
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

// reasons are keys of Falco's that callgate does not have.
var reasons = map[string]string{
	"warn_evttypes":          "callgate refuses a rule that would intercept every call",
	"skip-if-unknown-filter": "what callgate can't know of an event is told in this report instead",
	"capture":                "callgate records with --record",
	"capture_duration":       "callgate records with --record",
}

// known are the keys that stay.
var known = map[string][]string{
	"rule": {
		"rule", "desc", "condition", "output", "priority", "source", "enabled", "tags", "exceptions", "override", "append",
	},
	"macro": {"macro", "condition", "override", "append"},
	"list":  {"list", "items", "override", "append"},
}

// keys takes out the keys that callgate does not have.
func (w *writer) keys() {
	it := w.it
	for i := 0; i+1 < len(it.keys); i += 2 {
		key := it.keys[i]
		if slices.Contains(known[it.kind], key.Value) {
			continue
		}
		reason := reasons[key.Value]
		if reason == "" {
			reason = "callgate has no such key"
		}
		w.note(key, "%s is left out: %s", key.Value, reason)
		w.cut(i)
	}
}

// cut takes out a key and its value. Where the item's dash stands before it the
// next key moves up, else its lines become comments.
func (w *writer) cut(key int) {
	it := w.it
	k := it.keys[key]
	switch {
	case key == 0 && len(it.keys) > 2:
		next := it.keys[2]
		w.edits = append(w.edits, it.file.Cut(k.Line, k.Column, next.Line, next.Column))
	default:
		w.edits = append(w.edits, it.file.Comment(k.Line, it.end(key))...)
	}
}

// disable switches a rule off that is told to be.
func (w *writer) disable() {
	it := w.it
	reason := w.options.Disable[it.position()]
	if reason == "" || len(it.keys) < 4 {
		return
	}
	v, next := it.value("enabled"), it.keys[2]
	switch {
	case v != nil && w.isFlow():
		w.whole(v, "false")
	case v != nil:
		w.whole(v, "false # it "+reason)
	case w.isFlow():
		w.edits = append(w.edits, it.file.Insert(next.Line, next.Column, "enabled: false, "))
	default:
		indent := "\n" + strings.Repeat(" ", next.Column-1)
		w.edits = append(w.edits, it.file.Insert(next.Line, next.Column, "enabled: false # it "+reason+indent))
	}
}

func (w *writer) isFlow() bool { return w.it.node.Style&yaml.FlowStyle != 0 }
