// Package builtin_test holds the embedded rules to the tests beside them.
package builtin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/ruletest"
)

// Every embedded rule has a call that it reports and one that it leaves alone,
// and nothing else fires at either.
func TestRules(t *testing.T) {
	files, err := ruletest.Read("tests")
	if err != nil {
		t.Fatal(err)
	}
	results, err := ruletest.Run(t.Context(), files, load, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		for _, problem := range r.Problems {
			t.Errorf("%s: %s: %s", r.Test.Place, r.Test.Name, problem)
		}
	}
	for _, f := range files {
		set, err := load(f)
		if err != nil {
			t.Fatal(err)
		}
		checkStages(t, f, set)
	}
	gaps, all := ruletest.Gaps(results)
	for _, gap := range gaps {
		t.Error(gap)
	}
	set, err := rules.Load(rules.Options{Sets: rules.SetNames()})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(set.Rules()); n != all {
		t.Errorf("of %d rules %d are tested", n, all)
	}
	for _, r := range set.Rules() {
		if r.Desc == "" || len(r.Tags) == 0 || !slices.ContainsFunc(r.Tags, isMitre) {
			t.Errorf("%q lacks a description or a technique of MITRE's among its tags", r.Name)
		}
	}
}

// checkStages checks that no event which rules match is given up before all of it
// is read, and that they have something to say of it.
func checkStages(t *testing.T, f *ruletest.File, set *rules.Set) {
	v := set.NewEvaluator()
	for _, test := range f.Tests {
		*v.Event() = *test.Event
		matched := v.Match(nil)
		for stage := 0; stage < rules.Stages && len(matched) > 0; stage++ {
			if v.Needs(stage) == 0 {
				t.Errorf("%s: %s: decided before stage %d", test.Place, test.Name, stage)
			}
		}
		for _, r := range matched {
			if strings.TrimSpace(r.Output.Render(v.Event())) == "" {
				t.Errorf("%s: an empty message of %q", test.Place, r.Name)
			}
		}
	}
}

func load(f *ruletest.File) (*rules.Set, error) {
	o := rules.Options{Sets: f.Sets}
	for _, path := range f.Rules {
		if path != rules.Builtin {
			path = f.Path(path)
		}
		o.Paths = append(o.Paths, path)
	}
	return rules.Load(o)
}

// isMitre reports whether a tag is the number of a technique or a tactic: T1059, TA0003.
func isMitre(tag string) bool {
	return len(tag) >= 5 && tag[0] == 'T' && tag[len(tag)-1] >= '0' && tag[len(tag)-1] <= '9'
}
