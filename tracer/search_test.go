package tracer

import (
	"fmt"
	"testing"

	"github.com/callgate/callgate/rules/event"
)

func newExec(tid int, path, args string) *event.Event {
	e := new(event.Event)
	e.Evt.Type, e.Thread.TID = "execve", tid
	e.Evt.Arg[execPath["execve"]], e.Evt.Arg[execArgs] = path, args
	return e
}

func TestSearch(t *testing.T) {
	s := newSearches()
	steps := []struct {
		name             string
		tid              int
		rule, path, args string
		want             bool
	}{
		{"first", 1, "r", "/a/x", "-y", false},
		{"next directory", 1, "r", "/b/x", "-y", true},
		{"another rule", 1, "q", "/c/x", "-y", false},
		{"other arguments", 1, "q", "/d/x", "-z", false},
		{"another command", 1, "q", "/e/y", "-z", false},
		{"another thread", 2, "q", "/e/x", "-z", false},
		{"the same path again", 2, "q", "/e/x", "-z", false},
		{"its next directory", 2, "q", "/f/x", "-z", true},
	}
	for _, c := range steps {
		if got := s.repeated(newExec(c.tid, c.path, c.args), c.rule); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	s.end(2)
	if s.repeated(newExec(2, "/g/x", "-z"), "q") {
		t.Error("a search goes on after another call of its thread")
	}
	for i := range 10 * maxSearches {
		s.repeated(newExec(i, "p", fmt.Sprint(i)), "r")
	}
	if len(s.last) > maxSearches {
		t.Errorf("%d searches are remembered", len(s.last))
	}
}
