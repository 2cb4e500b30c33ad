package tracer

import (
	"fmt"
	"testing"
)

func TestSearch(t *testing.T) {
	s := newSearches()
	steps := []struct {
		name             string
		tid              int
		rule, path, args string
		want             bool
	}{
		{"first", 1, "r", "/a/x", "x -y", false},
		{"next directory", 1, "r", "/b/x", "x -y", true},
		{"another rule", 1, "q", "/c/x", "x -y", false},
		{"other arguments", 1, "q", "/d/x", "x -z", false},
		{"another thread", 2, "q", "/e/x", "x -z", false},
		{"the same path again", 2, "q", "/e/x", "x -z", false},
		{"its next directory", 2, "q", "/f/x", "x -z", true},
	}
	for _, c := range steps {
		if got := s.repeated(c.tid, c.rule, c.path, c.args); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	s.end(2)
	if s.repeated(2, "q", "/g/x", "x -z") {
		t.Error("a search goes on after another call of its thread")
	}
	for i := range 10 * maxSearches {
		s.repeated(i, "r", "p", fmt.Sprint(i))
	}
	if len(s.last) > maxSearches {
		t.Errorf("%d searches are remembered", len(s.last))
	}
}
