package condition_test

import (
	"pgregory.net/rapid"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
)

// scope is a fixed set of macros and lists.
type scope struct {
	macros map[string]string
	lists  map[string][]condition.Item
}

func (s scope) Macro(name string) (condition.Expr, error) {
	if src, ok := s.macros[name]; ok {
		return condition.Parse(src, s)
	}
	return nil, condition.ErrUndefined
}

func (s scope) List(name string) (*condition.List, error) {
	if items, ok := s.lists[name]; ok {
		return &condition.List{Items: items}, nil
	}
	return nil, condition.ErrUndefined
}

func (s scope) MacroNames() []string { return []string{"container", "never"} }
func (s scope) ListNames() []string  { return []string{"shells", "ports"} }

var names = scope{
	macros: map[string]string{"container": `container.id != "host"`, "never": "false"},
	lists: map[string][]condition.Item{
		"shells": {{Text: "ash"}, {Text: "bash"}, {Text: "dash"}, {Text: "sh"}, {Text: "zsh"}},
		"ports":  {{Text: "443", Number: 443, IsNumber: true}, {Text: "6443", Number: 6443, IsNumber: true}},
		"nets":   {{Text: "10.0.0.0/8"}, {Text: "fe80::/10"}},

		"nothing": {},
	},
}

// judge runs a condition on an event.
func judge(t rapid.TB, x condition.Expr, fill func(*event.Event)) bool {
	t.Helper()
	var e event.Event
	e.Reset()
	fill(&e)
	return condition.Compile(x)(&e)
}

func parse(t rapid.TB, source string) condition.Expr {
	t.Helper()
	x, err := condition.Parse(source, names)
	if err != nil {
		t.Fatalf("Parse(%q): %v", source, err)
	}
	return x
}
