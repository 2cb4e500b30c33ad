package run_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/testdata/pty"
)

// fieldRow is one field in one scene: what a rule about it must see, and what its
// alert must say.
type fieldRow struct {
	field string // with its index
	scene string
	// want is the text; $NAME stands for a fact that the scene's program tells,
	// /REGEXP/ for a text that it can't know. missing is that of an unknown value.
	want string
}

const missingField = event.NA

// scene is a call of a real process, two generations below the command.
type scene struct {
	match    string // of its rules
	terminal bool   // it runs on a terminal of its own
}

var scenes = map[string]scene{
	"open":     {match: `evt.type == "openat" and evt.arg.name == "../link"`},
	"rename":   {match: `evt.type == "renameat" and evt.arg.oldpath == "one"`},
	"connect":  {match: `evt.type == "connect" and proc.name == "child" and fd.sockfamily == "ip"`},
	"exec":     {match: `evt.type == "execve" and proc.name == "program"`},
	"group":    {match: `evt.type == "openat" and evt.arg.name == "../link"`},
	"create":   {match: `evt.type == "openat" and evt.arg.name == "made"`},
	"list":     {match: `evt.type == "openat" and evt.arg.name == "../sub"`},
	"send":     {match: `evt.type == "sendto" and proc.name == "child" and fd.sockfamily == "ip"`},
	"listen":   {match: `evt.type == "listen" and proc.name == "child"`},
	"setuid":   {match: `evt.type == "setuid" and proc.name == "child"`},
	"terminal": {match: `evt.type == "openat" and evt.arg.name == "../link"`, terminal: true},
}

func TestFields(t *testing.T) {
	users := bothUsers()
	for _, uid := range users {
		who := theUser(uid)
		for name, s := range scenes {
			t.Run(name+" as "+who.Username, func(t *testing.T) {
				rows := rowsOf(name)
				j := job{rules: fieldRules(s, rows), uid: uid}
				facts, alerts := play(t, &j, name, s)
				facts["USER"], facts["UID"], facts["GID"] = who.Username, who.Uid, who.Gid
				g, err := user.LookupGroupId(who.Gid)
				must(t, err)
				facts["GROUP"] = g.Name
				if facts["UIDNAME"] = who.Username; who.Username == event.NA {
					facts["UIDNAME"] = who.Uid
				}
				for _, r := range rows {
					r.check(t, facts, alerts[r.field])
				}
			})
		}
	}
}

// bothUsers are this one (0), and an ordinary one if this one is root. Under the
// race detector and in an emulated machine, where a program takes ten times as long
// to start, one must do.
func bothUsers() []uint32 {
	if os.Getuid() == 0 && !raceDetector && os.Getenv("CALLGATE_VM") != "1" {
		return []uint32{0, 65534}
	}
	return []uint32{0}
}

// theUser is the user of that id, or for 0 this one.
func theUser(uid uint32) *user.User {
	if uid == 0 {
		uid = uint32(os.Getuid()) //nolint:gosec // an id
	}
	u, err := user.LookupId(fmt.Sprint(uid))
	if err != nil {
		return &user.User{Username: event.NA, Uid: fmt.Sprint(uid), Gid: fmt.Sprint(os.Getgid())}
	}
	return u
}

func rowsOf(scene string) (rows []fieldRow) {
	for _, r := range fieldRows {
		if r.scene == scene {
			rows = append(rows, r)
		}
	}
	return rows
}

// fieldRules has a rule a row: the field decides, and is shown.
func fieldRules(s scene, rows []fieldRow) string {
	var b strings.Builder
	for _, r := range rows {
		output := "%" + r.field
		if ref, err := event.ParseRef(r.field); err == nil && ref.Printable() != nil {
			output = "it holds"
		}
		fmt.Fprintf(&b, "- rule: %q\n  desc: test\n  condition: >\n    %s and %s\n  output: %q\n  priority: notice\n",
			r.field, s.match, r.condition(), output)
	}
	return b.String()
}

// condition holds for the value that is wanted, as far as it is known beforehand.
func (r fieldRow) condition() string {
	ref, err := event.ParseRef(r.field)
	if err != nil {
		return err.Error()
	}
	known := !strings.Contains(r.want, "$") && !isPattern(r.want)
	switch {
	case ref.Instead != "":
		return "evt.num > 0" // no condition may use it
	case r.want == missingField:
		return "not has(" + ref.String() + ")"
	case isPattern(r.want):
		return "has(" + ref.String() + ")"
	case ref.Type != event.String && known:
		return ref.String() + " == " + r.want
	case known:
		return fmt.Sprintf("%s == %q", ref, r.want)
	}
	return "evt.num > 0" // a fact can be that it is missing
}

// play runs a scene; the alerts are those of each rule.
func play(t *testing.T, j *job, name string, s scene) (facts map[string]string, alerts map[string][]record) {
	t.Helper()
	dir := makeStage(t)
	j.argv = append(victim(t, "family", name), dir)
	cmd, file := j.command(t)
	cmd.Env = append(os.Environ(), "CALLGATE_TEST=a b")
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	var said []byte
	if s.terminal {
		master, terminal, err := pty.Open()
		must(t, err)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
		cmd.SysProcAttr.Setctty = true
		must(t, cmd.Start())
		must(t, terminal.Close())
		said = readTerminal(master)
		must(t, cmd.Wait())
		must(t, master.Close())
	} else {
		var err error
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if said, err = cmd.Output(); err != nil {
			t.Fatalf("%v: %s%s", err, said, &stderr)
		}
	}
	facts = map[string]string{"D": dir}
	for line := range strings.Lines(string(said)) {
		if k, v, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "="); ok {
			facts[k] = v
		}
	}
	alerts = make(map[string][]record)
	for _, a := range readAlerts(t, file) {
		alerts[a.Rule] = append(alerts[a.Rule], a)
	}
	return facts, alerts
}

// readTerminal reads what is printed until nobody has the terminal any more.
func readTerminal(f *os.File) (all []byte) {
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if all = append(all, line...); err != nil {
			return all
		}
	}
}

// makeStage makes the files of a scene: the programs, and what they do things to.
func makeStage(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(dir, 0o777))
	must(t, os.Mkdir(filepath.Join(dir, "sub"), 0o777))
	must(t, os.Chmod(filepath.Join(dir, "sub"), 0o777))
	must(t, os.Rename(copySelf(t, dir), filepath.Join(dir, "parent")))
	must(t, os.Link(filepath.Join(dir, "parent"), filepath.Join(dir, "child")))
	must(t, os.Symlink("sub/file", filepath.Join(dir, "link")))
	must(t, os.WriteFile(filepath.Join(dir, "program"), []byte("#!/bin/sh -e\n:\n"), 0o755))
	must(t, os.Chmod(filepath.Join(dir, "program"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "sub/file"), nil, 0o666))
	must(t, os.Chmod(filepath.Join(dir, "sub/file"), 0o666))
	return dir
}

// check compares an alert with its row: in text, and in JSON with its type.
func (r fieldRow) check(t *testing.T, facts map[string]string, alerts []record) {
	t.Helper()
	if len(alerts) != 1 {
		t.Errorf("%s: %d alerts of %q: %v", r.field, len(alerts), r.condition(), alerts)
		return
	}
	ref, err := event.ParseRef(r.field)
	must(t, err)
	if ref.Printable() != nil {
		return // for conditions only, and its condition holds
	}
	want, lacking := r.want, ""
	if !isPattern(want) {
		want = os.Expand(want, func(name string) string {
			if _, ok := facts[name]; !ok {
				lacking = name
			}
			return facts[name]
		})
	}
	if lacking != "" {
		t.Errorf("%s: the program did not tell %s: %v", r.field, lacking, facts)
	}
	text := alerts[0].Output
	if isPattern(want) && !regexp.MustCompile("^(?:"+strings.Trim(want, "/")+")$").MatchString(text) || !isPattern(want) && text != want {
		t.Errorf("%s is %q in text, want %q", r.field, text, want)
	}
	value, there := alerts[0].Fields[ref.String()]
	if !there {
		t.Errorf("%s is not in JSON: %v", r.field, alerts[0].Fields)
		return
	}
	if got := asText(value, ref); got != text {
		t.Errorf("%s is %v (%T) in JSON, %q in text", r.field, value, value, text)
	}
}

func isPattern(want string) bool {
	return len(want) > 2 && strings.HasPrefix(want, "/") && strings.HasSuffix(want, "/")
}

// asText is a JSON value of the field's type as text.
func asText(value any, ref event.Ref) string {
	switch v := value.(type) {
	case nil:
		return event.NA
	case string:
		if ref.Type == event.String {
			return v
		}
	case bool:
		if ref.Type == event.Bool {
			return strconv.FormatBool(v)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil && ref.Name == "evt.time" {
			return time.Unix(0, n).Format("15:04:05.000000000")
		}
		if ref.Type == event.Int {
			return v.String()
		}
	}
	return fmt.Sprintf("%v of type %T", value, value)
}

func TestEveryFieldHasARow(t *testing.T) {
	rows := make(map[string]bool)
	for _, r := range fieldRows {
		ref, err := event.ParseRef(r.field)
		must(t, err)
		if _, ok := scenes[r.scene]; !ok {
			t.Errorf("%s: no scene %s", r.field, r.scene)
		}
		rows[ref.Name] = true
	}
	for _, f := range event.Fields() {
		if !rows[f.Name] {
			t.Errorf("%s has no row in fieldRows", f.Name)
		}
	}
}
