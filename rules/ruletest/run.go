package ruletest

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/callgate/callgate/rules"
)

// Result is what became of a test.
type Result struct {
	File     *File
	Test     *Test
	Took     time.Duration
	Problems []string // none: it passed

	alerts []Alert
	set    *rules.Set
}

// Loader gives the rules of a file's tests.
type Loader func(*File) (*rules.Set, error)

// Check finds rules that a file's tests name and the set does not have, or has
// disabled: a test of their silence would pass whatever they say.
func (f *File) Check(set *rules.Set) (mistakes rules.Mistakes) {
	for _, t := range f.Tests {
		names := t.Silent
		for _, x := range t.Fires {
			names = append(names, x.Rule)
		}
		for _, name := range names {
			r, err := set.Lookup(name)
			switch {
			case err != nil:
				mistakes = append(mistakes, f.source.Mistake(t.Place, "test %q: %v", t.Name, err))
			case !r.Enabled:
				mistakes = append(mistakes, f.source.Mistake(t.Place, "test %q: rule %q is disabled", t.Name, name))
			}
		}
	}
	return mistakes
}

// Run runs the tests of all files, several at a time, and returns the results in
// their order. The error is a rules.Mistakes, or what load or the context gave.
func Run(ctx context.Context, files []*File, load Loader, alerts Runner) ([]Result, error) {
	var results []Result
	var mistakes rules.Mistakes
	for _, f := range files {
		set, err := load(f)
		if err != nil {
			return nil, err
		}
		mistakes = append(mistakes, f.Check(set)...)
		for _, t := range f.Tests {
			results = append(results, Result{File: f, Test: t, set: set})
		}
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	var all sync.WaitGroup
	turn := make(chan struct{}, runtime.NumCPU())
	for i := range results {
		turn <- struct{}{}
		all.Go(func() {
			defer func() { <-turn }()
			results[i].run(ctx, alerts)
		})
	}
	all.Wait()
	return results, ctx.Err()
}

func (r *Result) run(ctx context.Context, alerts Runner) {
	begin := time.Now()
	var err error
	if r.Test.Event != nil {
		r.alerts = r.Test.Judge(r.set)
	} else {
		r.alerts, err = alerts(ctx, r.set, r.File, r.Test)
	}
	r.Took = time.Since(begin)
	if err != nil {
		r.Problems = []string{err.Error()}
		return
	}
	r.Problems = r.Test.Problems(r.alerts)
}
