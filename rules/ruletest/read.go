package ruletest

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/source"
	"github.com/callgate/callgate/rules/suggest"
)

// The keys of the maps in a file of tests.
var (
	fileKeys        = []string{"rules", "sets", "mode", "tests"}
	testKeys        = []string{"test", "event", "run", "recording", "fires", "silent"}
	expectationKeys = []string{"rule", "verdict", "fields"}
)

// sourceKeys say what happens in a test; it has one of them.
var sourceKeys = []string{"event", "run", "recording"}

var verdicts = []string{rules.Log.String(), rules.Deny.String(), rules.Kill.String()}

// Read reads a file of tests, or those of a directory. Its error is a
// rules.Mistakes, with all that is wrong in all of them.
func Read(path string) ([]*File, error) {
	sources, mistakes := source.Read(path)
	var files []*File
	for _, s := range sources {
		r := reader{f: &File{Name: s.Name, source: s}}
		r.read()
		mistakes = append(mistakes, r.mistakes...)
		files = append(files, r.f)
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return files, nil
}

// reader reads one file.
type reader struct {
	f        *File
	mistakes rules.Mistakes
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.mistakes = append(r.mistakes, r.f.source.Mistake(r.f.source.At(n.Line, n.Column), format, args...))
}

func (r *reader) read() {
	documents, mistake := r.f.source.Documents()
	if mistake != nil {
		r.mistakes = append(r.mistakes, mistake)
		return
	}
	if len(documents) != 1 {
		r.mistakes = append(r.mistakes, r.f.source.Mistake(r.f.source.At(1, 1), "a file of tests is one map with the key tests"))
		return
	}
	keys := r.keys(documents[0], "a file of tests", fileKeys...)
	if keys == nil {
		return
	}
	r.f.Rules, r.f.Sets = r.texts(keys["rules"]), r.texts(keys["sets"])
	if mode := keys["mode"]; mode != nil {
		switch mode.Value {
		case rules.Monitor.String():
		case rules.Enforce.String():
			r.f.Mode = rules.Enforce
		default:
			r.fail(mode, "mode is monitor or enforce")
		}
	}
	tests := keys["tests"]
	if tests == nil || tests.Kind != yaml.SequenceNode || len(tests.Content) == 0 {
		r.fail(documents[0], "a file of tests has a list of tests under the key tests")
		return
	}
	names := make(map[string]bool)
	for _, n := range tests.Content {
		t := r.test(n)
		if t == nil {
			continue
		}
		if names[t.Name] {
			r.fail(n, "the test %q stands twice in this file", t.Name)
		}
		names[t.Name] = true
		r.f.Tests = append(r.f.Tests, t)
	}
}

// keys are the values of a map, nil when it is none. Keys that are not known are
// mistakes.
func (r *reader) keys(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	switch {
	case n.Kind != yaml.MappingNode:
		r.fail(n, "%s is a map with the keys %s", what, strings.Join(known, ", "))
		return nil
	case source.HasAlias(n):
		r.fail(n, "YAML aliases are not supported here")
		return nil
	}
	values := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case !slices.Contains(known, key.Value):
			r.fail(key, "%s has no key %s%s", what, key.Value, suggest.Hint(key.Value, known))
		case values[key.Value] != nil:
			r.fail(key, "key %s stands twice", key.Value)
		default:
			values[key.Value] = n.Content[i+1]
		}
	}
	return values
}

// text is a scalar's text, "" for none.
func (r *reader) text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "a text is expected")
		return ""
	}
	return n.Value
}

func (r *reader) texts(n *yaml.Node) (list []string) {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "a list is expected: [A, B]")
		return nil
	}
	for _, element := range n.Content {
		list = append(list, r.text(element))
	}
	return list
}

func (r *reader) test(n *yaml.Node) *Test {
	keys := r.keys(n, "a test", testKeys...)
	if keys == nil {
		return nil
	}
	t := &Test{Name: r.text(keys["test"]), Place: r.f.source.At(n.Line, n.Column)}
	if t.Name == "" {
		r.fail(n, "a test has a name: test: NAME")
	}
	given := 0
	for _, key := range sourceKeys {
		if keys[key] != nil {
			given++
		}
	}
	if given != 1 {
		r.fail(n, "a test has one of event, run and recording")
		return nil
	}
	if v := keys["event"]; v != nil {
		t.Event = r.event(v)
	}
	if v := keys["run"]; v != nil {
		if t.Run = r.texts(v); len(t.Run) == 0 {
			r.fail(v, "a command is a list: [sh, -c, id]")
		}
	}
	t.Recording = r.text(keys["recording"])
	r.expectations(t, n, keys)
	return t
}

func (r *reader) expectations(t *Test, n *yaml.Node, keys map[string]*yaml.Node) {
	fires, silent := keys["fires"], keys["silent"]
	if fires == nil && silent == nil {
		r.fail(n, "a test says which rules fire, or which are silent: fires: [], silent: []")
		return
	}
	t.Others = fires == nil
	if fires != nil && fires.Kind != yaml.SequenceNode {
		r.fail(fires, "fires is a list of rules; [] for none")
	} else if fires != nil {
		for _, x := range fires.Content {
			t.Fires = append(t.Fires, r.expectation(x))
		}
	}
	if silent != nil {
		t.Silent, t.Others = r.texts(silent), true
	}
}

func (r *reader) expectation(n *yaml.Node) (x Expectation) {
	if n.Kind == yaml.ScalarNode {
		x.Rule = r.text(n)
		return x
	}
	keys := r.keys(n, "what fires", expectationKeys...)
	x.Rule, x.Action = r.text(keys["rule"]), r.text(keys["verdict"])
	if x.Rule == "" && keys != nil {
		r.fail(n, "what fires has a name: rule: NAME")
	}
	if x.Action != "" && !slices.Contains(verdicts, x.Action) {
		r.fail(keys["verdict"], "a verdict is log, deny or kill")
	}
	if fields := keys["fields"]; fields != nil {
		x.Fields, _ = r.values(fields)
		for i := 0; i+1 < len(fields.Content); i += 2 {
			// callgate's own, such as callgate.enforced, are no fields of events.
			if name := fields.Content[i].Value; !strings.HasPrefix(name, "callgate.") {
				if _, err := event.ParseRef(name); err != nil {
					r.fail(fields.Content[i], "%v", err)
				}
			}
		}
	}
	return x
}

// values are a map's, as Go has them.
func (r *reader) values(n *yaml.Node) (map[string]any, bool) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "fields are a map: {proc.name: cat}")
		return nil, false
	}
	values := make(map[string]any)
	for i := 0; i+1 < len(n.Content); i += 2 {
		var v any
		if err := n.Content[i+1].Decode(&v); err != nil {
			r.fail(n.Content[i+1], "%v", err)
			return nil, false
		}
		values[n.Content[i].Value] = v
	}
	return values, true
}

// event reads the fields of an event, one after the other, so that each mistake
// stands where it was made.
func (r *reader) event(n *yaml.Node) *event.Event {
	values, ok := r.values(n)
	if !ok {
		return nil
	}
	e := new(event.Event)
	e.Reset()
	before := len(r.mistakes)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		ref, err := event.ParseRef(key.Value)
		if err == nil && values[key.Value] != nil {
			err = ref.Set(e, values[key.Value])
		}
		if err != nil {
			r.fail(key, "%v", err)
		}
	}
	if len(r.mistakes) > before {
		return nil
	}
	if err := complete(e, values); err != nil {
		r.fail(n, "%v", err)
	}
	return e
}
