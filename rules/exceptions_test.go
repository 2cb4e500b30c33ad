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

// Every comparison can stand in comps, and with a quantifier every one that
// compares with single texts.
func TestComparators(t *testing.T) {
	for _, tt := range []struct {
		field, comp, values string
		excepted            bool // of the event below
	}{
		{"proc.name", `"="`, "bash", true}, {"proc.name", `"=="`, "sh", false}, {"proc.name", `"!="`, "sh", true},
		{"proc.tty", `"<"`, "8", true}, {"proc.tty", `"<="`, "6", false}, {"proc.tty", `">"`, "6", true}, {"proc.tty", `">="`, "8", false},
		{"proc.name", "in", "[sh, bash]", true}, {"proc.name", "intersects", "[sh, zsh]", false},
		{"proc.name", "startswith", "ba", true}, {"proc.name", "endswith", "ba", false}, {"proc.name", "contains", "as", true},
		{"proc.name", "icontains", "AS", true}, {"proc.name", "istartswith", "BA", true}, {"proc.name", "iendswith", "BA", false},
		{"proc.name", "iequals", "BASH", true}, {"proc.name", "bcontains", "6173", true}, {"proc.name", "bstartswith", "6173", false},
		{"proc.name", "glob", `"b*"`, true}, {"proc.name", "iglob", `"B?"`, false}, {"proc.name", "regex", "^b.*h$", true},
		{"fd.name", "pmatch", "[/etc, /usr]", true}, {"fd.sip", "cidr", "[10.0.0.0/8]", true},
		{"evt.arg.flags", "hasFlag", "MSG_OOB", true},
		{"toupper(proc.name)", "in", "[SH, BASH]", true}, {"basename(fd.name)", "endswith", "dow", true}, {"len(proc.name)", `">"`, "4", false},
		{`'concat(proc.name, ":", fd.sip)'`, `"="`, `"bash:10.1.1.1"`, true}, {`'getopt(proc.args, "il:")["l"]'`, "startswith", "x", false},
		{"proc.name", `"= anyof"`, "[sh, bash]", true}, {"proc.name", `"!= allof"`, "[sh, zsh]", true}, {"proc.name", `"!= allof"`, "[sh, bash]", false},
		{"proc.name", "startswith anyof", "[x, ba]", true}, {"proc.name", "endswith allof", "[h, sh]", true}, {"proc.name", "endswith oneof", "[h, sh]", false},
		{"proc.name", "contains allof", "[a, x]", false}, {"proc.name", "regex anyof", "[x$, h$]", true}, {"proc.name", "glob oneof", `["*h", "x*"]`, true},
		{"proc.name", `"  bcontains   anyof "`, "[00, 62]", true},
	} {
		text := "- rule: R\n  condition: evt.type == \"sendto\"\n  output: x\n  priority: notice\n  exceptions:\n    - name: e\n      fields: [" +
			tt.field + "]\n      comps: [" + tt.comp + "]\n      values:\n        - [" + tt.values + "]\n"
		s, err := loadText(text)
		if err != nil {
			t.Errorf("%s %s: %v", tt.comp, tt.values, err)
			continue
		}
		v := s.NewEvaluator()
		e := v.Event()
		e.Evt.Type, e.Proc.Name, e.Proc.TTY, e.FD.Name, e.FD.SIP = "sendto", "bash", 7, "/etc/shadow", "10.1.1.1"
		setArg(e, "flags", "MSG_DONTROUTE|MSG_OOB", 5)
		if got := len(v.Match(nil)) == 0; got != tt.excepted {
			t.Errorf("%s %s %s excepts: %t", tt.field, tt.comp, tt.values, got)
		}
	}
}

// A quantified comparison of a single field takes its list from all values.
func TestQuantifiedException(t *testing.T) {
	s := load(t, Options{Paths: []string{file(t, `
- list: prefixes
  items: [kube-, etcd-]
- rule: R
  condition: evt.type == "connect"
  output: x
  priority: notice
  exceptions:
    - name: trusted
      fields: proc.name
      comps: startswith anyof
      values: [containerd-, prefixes]
`)}})
	for name, excepted := range map[string]bool{"etcd-1": true, "containerd-shim": true, "kube": false} {
		v := s.NewEvaluator()
		v.Event().Evt.Type, v.Event().Proc.Name = "connect", name
		if got := len(v.Match(nil)) == 0; got != excepted {
			t.Errorf("%s is excepted: %t", name, got)
		}
	}
}
