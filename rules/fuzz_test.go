package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Expansion is bounded: of lists, of macros, and of exceptions.
func TestExpansionIsBounded(t *testing.T) {
	var lists, macros, values strings.Builder
	lists.WriteString("- list: l0\n  items: [" + strings.Repeat("x, y, z, ", 1000) + "a]\n")
	macros.WriteString("- macro: m0\n  condition: has(proc.name)\n")
	for i := 1; i < 40; i++ {
		a, b := string(rune('0'+i/10))+string(rune('0'+i%10)), string(rune('0'+(i-1)/10))+string(rune('0'+(i-1)%10))
		if i == 1 {
			b = "0"
		}
		lists.WriteString("- list: l" + a + "\n  items: [l" + b + ", l" + b + "]\n")
		macros.WriteString("- macro: m" + a + "\n  condition: m" + b + " and m" + b + "\n")
	}
	load(t, Options{Paths: []string{file(t, lists.String())}})
	if _, err := Load(Options{Paths: []string{file(t, macros.String())}}); err == nil || !strings.Contains(err.Error(), "the limit is 2000") {
		t.Errorf("macros: %v", err)
	}
	values.WriteString("- rule: R\n  condition: evt.type == \"connect\"\n  output: x\n  priority: notice\n  exceptions:\n    - name: e\n      fields: [proc.name, fd.name]\n      values:\n")
	values.WriteString(strings.Repeat("        - [a, b]\n", 5000))
	if _, err := Load(Options{Paths: []string{file(t, values.String())}}); err == nil || !strings.Contains(err.Error(), "more than 2000 nodes") {
		t.Errorf("exceptions: %v", err)
	}
}

// No file makes the loader panic or hang, and what it accepts can be used.
func FuzzLoad(f *testing.F) {
	names, _ := filepath.Glob("testdata/mistakes/*.yaml")
	embeddedNames, _ := filepath.Glob("builtin/*.yaml")
	for _, name := range append(names, embeddedNames...) {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := loadText(text)
		if err != nil {
			for _, m := range err.(Mistakes) { //nolint:errorlint // the type is part of the contract
				if m.Line < 1 || m.Column < 1 || m.Msg == "" {
					t.Fatalf("mistake %+v", m)
				}
			}
			return
		}
		if err := s.Filter(Enforce, nil).Validate(); err != nil {
			t.Fatal(err)
		}
		v := s.NewEvaluator()
		for typ := range s.calls {
			v.Event().Reset()
			v.Event().Evt.Type = typ
			v.Match(nil)
		}
	})
}
