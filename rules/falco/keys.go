package falco

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

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
