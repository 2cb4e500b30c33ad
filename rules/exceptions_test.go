package rules

import (
	"testing"
)

func TestExceptions(t *testing.T) {
	mine := file(t, `
- list: editors
  items: [vi, nano]
- rule: R
  condition: evt.type == "connect" and has(proc.name)
  output: x
  priority: notice
  exceptions:
    - name: names
      fields: proc.name
      values: [a, editors]
    - name: template
      fields: [proc.name]
    - name: pairs
      fields: [proc.name, fd.sport]
      values:
        - [b, 1]
        - [b, 2]
    - name: many
      fields: [proc.name, fd.name, "proc.aname[2]"]
      comps: [in, startswith, "!="]
      values:
        - [[c, editors], /x, z]
    - name: prefix
      fields: fd.name
      comps: endswith
      values: [.log, .txt]
`)
	more := file(t, `
- rule: R
  exceptions:
    - name: names
      values: [late]
    - name: new
      fields: proc.tty
      comps: ">"
      values: [5]
  override: {exceptions: append}
`)
	s := load(t, Options{Paths: []string{mine, more}})
	for _, tt := range []struct {
		name  string
		port  int
		file  string
		tty   int
		match bool
	}{
		{"x", 0, "", 0, true},
		{"a", 0, "", 0, false}, {"vi", 0, "", 0, false}, {"late", 0, "", 0, false},
		{"b", 1, "", 0, false}, {"b", 2, "", 0, false}, {"b", 3, "", 0, true},
		{"c", 0, "/x/y", 0, false}, {"c", 0, "/y", 0, true},
		{"x", 0, "/a.log", 0, false}, {"x", 0, "a.txt", 0, false}, {"x", 0, "a.txtx", 0, true},
		{"x", 0, "", 6, false}, {"x", 0, "", 5, true},
	} {
		v := s.NewEvaluator()
		e := v.Event()
		e.Evt.Type, e.Proc.Name, e.FD.SPort, e.FD.Name, e.Proc.TTY, e.Proc.AName[2] = "connect", tt.name, tt.port, tt.file, tt.tty, "y"
		if got := len(v.Match(nil)) > 0; got != tt.match {
			t.Errorf("%+v: %t", tt, got)
		}
	}
}
