// Package ruletest is tests of rules: files that say what happens, as an event, a
// recording or a command, and which rules fire of it.
package ruletest

import (
	"context"
	"path/filepath"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/source"
)

// File is a file of tests.
type File struct {
	Name string
	// Rules and Sets are what the tests load, as rules.Options has it; the paths
	// are relative to the file's directory there. Neither: what the caller loads.
	Rules, Sets []string
	Mode        rules.Mode
	Tests       []*Test

	source *source.File
}

// Test is one test. Of Event, Run and Recording one is given.
type Test struct {
	Name      string
	Place     source.Position
	Event     *event.Event
	Run       []string // a command
	Recording string   // a file, relative to the directory of the test's

	Fires  []Expectation
	Silent []string // rules that must not fire
	// Others may fire too. Else only those of Fires may.
	Others bool
}

// Expectation is a rule that must fire.
type Expectation struct {
	Rule   string
	Action string         // log, deny or kill; "" where it does not matter
	Fields map[string]any // fields of the event or the alert, nil for a missing one
}

// Alert is a rule that fired.
type Alert struct {
	Rule   string
	Action string
	// Field is a field's value, nil when it is missing; false when the alert does
	// not tell.
	Field func(name string) (value any, told bool)
}

// Runner makes the alerts of a command or a recording.
type Runner func(ctx context.Context, set *rules.Set, f *File, t *Test) ([]Alert, error)

// Judge has a set of rules judge the test's event.
func (t *Test) Judge(set *rules.Set) []Alert {
	v := set.NewEvaluator()
	*v.Event() = *t.Event
	var alerts []Alert
	for _, r := range v.Match(nil) {
		alerts = append(alerts, Alert{r.Name, r.Action.String(), t.field})
	}
	return alerts
}

func (t *Test) field(name string) (any, bool) {
	r, err := event.ParseRef(name)
	if err != nil {
		return nil, false
	}
	v, known := r.Value(t.Event)
	if !known {
		v = nil
	}
	return v, true
}

// Path is a path that the file names, which is relative to the file's directory.
func (f *File) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(f.Name), name)
}
