package ruletest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/rules"
)

const someRules = `
- rule: Write below etc
  condition: evt.type in ["open", "openat"] and evt.is_open_write and fd.directory == "/etc"
  output: "write %fd.name by %proc.cmdline"
  priority: warning
  action: deny
- rule: Shell
  condition: evt.type == "execve" and proc.name in ["sh", "bash"]
  output: "shell %proc.cmdline"
  priority: notice
- rule: Shell with a terminal
  condition: evt.type == "execve" and proc.name in ["sh", "bash"] and proc.tty != 0
  output: "shell on %proc.tty"
  priority: notice
- rule: Packets
  condition: evt.type == "socket" and evt.rawarg.domain == 17
  output: "packet socket"
  priority: notice
- rule: Off
  condition: evt.type == "reboot"
  output: "off"
  priority: notice
  enabled: false
`

// write writes files into a new directory and gives their paths.
func write(t *testing.T, contents ...string) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i, c := range contents {
		path := filepath.Join(dir, string(rune('a'+i))+".yaml")
		if err := os.WriteFile(path, []byte(c), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func run(t *testing.T, tests string, alerts Runner) ([]Result, error) {
	t.Helper()
	paths := write(t, someRules, tests)
	files, err := Read(paths[1])
	if err != nil {
		return nil, err
	}
	return Run(t.Context(), files, func(*File) (*rules.Set, error) { return rules.Load(rules.Options{Paths: paths[:1]}) }, alerts)
}

// Each test with its problems, one a line.
func TestEvents(t *testing.T) {
	results, err := run(t, `
tests:
  - test: flags decide, and directory and numbers follow from what is given
    event: {evt.type: openat, evt.arg.flags: O_WRONLY|O_CREAT, fd.name: /etc/passwd, proc.name: cp, proc.args: a b}
    fires:
      - rule: Write below etc
        verdict: deny
        fields: {fd.name: /etc/passwd, proc.cmdline: cp a b, proc.pname: null, evt.is_open_create: true, evt.is_open_exec: false, fd.typechar: f}
  - test: reading is no writing
    event: {evt.type: openat, evt.arg.flags: O_RDONLY, fd.name: /etc/passwd}
    fires: []
  - test: said to be written
    event: {evt.type: open, evt.is_open_write: true, fd.directory: /etc}
    fires: [Write below etc]
  - test: several
    event: {evt.type: execve, proc.name: sh, proc.tty: 34816}
    fires: [Shell, Shell with a terminal]
  - test: others may fire
    event: {evt.type: execve, proc.name: sh, proc.tty: 34816}
    fires: [Shell]
    silent: [Packets]
  - test: a number from its name
    event: {evt.type: socket, evt.arg.domain: AF_PACKET}
    fires: [Packets]
  - test: one too many
    event: {evt.type: execve, proc.name: sh, proc.tty: 34816}
    fires: [Shell]
  - test: none of these
    event: {evt.type: execve, proc.name: sh, proc.tty: 0}
    silent: [Shell, Packets]
  - test: missing and different
    event: {evt.type: execve, proc.name: sh, proc.tty: 34816, proc.args: -i}
    fires:
      - Packets
      - rule: Shell
        verdict: kill
        fields: {proc.cmdline: sh, proc.tty: 7, fd.name: x}
      - Shell with a terminal
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, r := range results {
		if len(r.Problems) > 0 {
			got[r.Test.Name] = strings.Join(r.Problems, "\n")
		}
	}
	want := map[string]string{
		"one too many":  `"Shell with a terminal" fired and must not`,
		"none of these": `"Shell" fired and must not`,
		"missing and different": `"Packets" did not fire
"Shell": the verdict is log, not kill
"Shell": fd.name is missing, not "x"
"Shell": proc.cmdline is "sh -i", not "sh"
"Shell": proc.tty is 34816, not 7`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if Failed(results) != 3 {
		t.Errorf("%d failed", Failed(results))
	}
}

// A command's alerts come from whoever runs it.
func TestRunner(t *testing.T) {
	tests := `
mode: enforce
rules: [x.yaml, builtin]
sets: [reads]
tests:
  - {test: runs, run: [sh, -c, id], fires: [Shell]}
  - {test: plays, recording: r.cgr, fires: [Shell]}
  - {test: fails, run: [false], fires: []}
  - {test: says little, run: [sh], fires: [{rule: Shell, fields: {proc.pname: x, callgate.enforced: true}}]}
`
	results, err := run(t, tests, func(_ context.Context, _ *rules.Set, f *File, test *Test) ([]Alert, error) {
		if f.Mode != rules.Enforce || !cmp.Equal(f.Rules, []string{"x.yaml", "builtin"}) || !cmp.Equal(f.Sets, []string{"reads"}) {
			t.Errorf("%+v", f)
		}
		if test.Name == "fails" {
			return nil, errors.New("not found")
		}
		if test.Recording == "" && test.Run[0] != "sh" {
			t.Errorf("%+v", test)
		}
		return []Alert{{"Shell", "log", func(name string) (any, bool) { return true, name == "callgate.enforced" }}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, strings.Join(r.Problems, "\n"))
	}
	if d := cmp.Diff([]string{"", "", "not found", `"Shell": its alert does not tell proc.pname; name it in the rule's output`}, got); d != "" {
		t.Error(d)
	}
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"- a\n", "1:1: a file of tests is a map with the keys rules, sets, mode, tests"},
		{"# nothing\n", "1:1: a file of tests is one map"},
		{"test: []\n", "1:1: a file of tests has no key test; did you mean tests?"},
		{"tests: []\n", "1:1: a file of tests has a list of tests"},
		{"mode: strict\ntests: []\n", "1:7: mode is monitor or enforce"},
		{"tests:\n- {test: a, fires: []}\n", "2:3: a test has one of event, run and recording"},
		{"tests:\n- {test: a, run: [x], recording: y, fires: []}\n", "2:3: a test has one of"},
		{"tests:\n- {test: a, run: x, fires: []}\n", "2:18: a list is expected"},
		{"tests:\n- {test: a, run: [x]}\n", "2:3: a test says which rules fire"},
		{"tests:\n- {test: a, run: [x], fires: Shell}\n", "2:30: fires is a list of rules"},
		{"tests:\n- {run: [x], fires: []}\n", "2:3: a test has a name"},
		{"tests:\n- {test: a, event: [x], fires: []}\n", "2:20: fields are a map"},
		{"tests:\n- {test: a, event: {proc.nam: x}, fires: []}\n", "2:21: unknown field proc.nam; did you mean proc.name?"},
		{"tests:\n- {test: a, event: {proc.pid: x}, fires: []}\n", "2:21: set proc.pid: it is a number, not x"},
		{"tests:\n- {test: a, event: {proc.pid: 1}, fires: []}\n", "2:20: the event has no evt.type"},
		{"tests:\n- {test: a, event: {evt.type: read}, fires: []}\n", "2:20: evt.type: callgate decodes no call read"},
		{"tests:\n- {test: a, event: {evt.type: socket, evt.arg.domain: AF_PAKET}, fires: []}\n", "2:20: evt.arg.domain: it has no value AF_PAKET"},
		{"tests:\n- {test: a, event: {evt.type: open}, fires: [{rule: Shell, verdict: no}]}\n", "2:69: a verdict is log, deny or kill"},
		{"tests:\n- {test: a, event: {evt.type: open}, fires: [{verdict: log}]}\n", "2:46: what fires has a name"},
		{"tests:\n- {test: a, event: {evt.type: open}, fires: [{rule: Shell, fields: {fd.nam: x}}]}\n", "2:69: unknown field fd.nam"},
		{"tests:\n- {test: a, event: {evt.type: open}, fires: [Shel]}\n", `2:3: test "a": unknown rule "Shel"; did you mean "Shell"?`},
		{"tests:\n- {test: a, event: {evt.type: open}, silent: [Off]}\n", `2:3: test "a": rule "Off" is disabled`},
		{"tests:\n- {test: a, event: {evt.type: open}, fires: []}\n- {test: a, event: {evt.type: open}, fires: []}\n", `3:3: the test "a" stands twice`},
		{"tests: [\n", "invalid YAML"},
	} {
		_, err := run(t, tt.text, nil)
		var mistakes rules.Mistakes
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s%v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestReports(t *testing.T) {
	f := &File{Name: "my.yaml"}
	results := []Result{
		{File: f, Test: &Test{Name: "good"}, Took: 1500 * time.Millisecond, alerts: []Alert{{Rule: "R"}}},
		{File: f, Test: &Test{Name: "<bad>", Place: rules.Position{File: "my.yaml", Line: 7, Column: 3}}, Problems: []string{"it\x01 & that"}},
	}
	var text, verbose, js, junit bytes.Buffer
	for _, err := range []error{Text(&text, results, false), Text(&verbose, results, true), JSON(&js, results), JUnit(&junit, results)} {
		if err != nil {
			t.Error(err)
		}
	}
	const failed = "--- FAIL: <bad> (0.00s)\n    my.yaml:7:3: it\x01 & that\nFAIL\tmy.yaml\t2 tests, 1 failed\t1.50s\n"
	if text.String() != failed || verbose.String() != "--- PASS: good (1.50s)\n"+failed {
		t.Errorf("%s%s", text.String(), verbose.String())
	}
	for _, want := range []string{`"test": "<bad>"`, `"passed": false`, `"seconds": 1.5`, `"fired": [`, `"line": 7`} {
		if !strings.Contains(js.String(), want) {
			t.Errorf("no %s in %s", want, js.String())
		}
	}
	for _, want := range []string{
		`<testsuite name="my.yaml" tests="2" failures="1" time="1.500000">`, `<testcase classname="my.yaml" name="good" time="1.500000"></testcase>`,
		`name="&lt;bad&gt;"`, `<failure message="it` + "\uFFFD" + ` &amp; that">my.yaml:7:3: `,
	} {
		if !strings.Contains(junit.String(), want) {
			t.Errorf("no %s in %s", want, junit.String())
		}
	}
}
