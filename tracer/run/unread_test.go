package run_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const unread = "Call Could Not Be Judged"

const denyMkdir = `
- rule: mkdir
  desc: test
  condition: evt.type in ["mkdir", "mkdirat"] and fd.name startsWith "/elsewhere/"
  output: "mkdir %fd.name"
  priority: notice
  action: deny
`

// What can't be read is refused and told in mode enforce; in mode monitor it is
// let through, and told once a process.
func TestUndumpableProcess(t *testing.T) {
	j := job{rules: denyMkdir, argv: victim(t, "hide")}
	if os.Getuid() == 0 {
		j.uid = 65534 // root reads everything
	}
	o := j.run(t)
	if o.stdout != strings.Repeat("no such file or directory\n", 2) || !slices.Equal(o.rules(), []string{unread}) {
		t.Errorf("monitor: printed %q, alerts %v", o.stdout, o.alerts)
	}
	j.enforce = true
	o = j.run(t)
	if o.stdout != strings.Repeat("operation not permitted\n", 2) || !slices.Equal(o.rules(), []string{unread, unread}) {
		t.Errorf("enforce: printed %q, alerts %v", o.stdout, o.alerts)
	}
}

const denyWord = `
- rule: word
  desc: test
  condition: evt.type == "execve" and proc.name == "true" and proc.args contains "secret"
  output: "exec %proc.name"
  priority: notice
  action: deny
`

// A word beyond what callgate reads of argv does not go unseen.
func TestLongArguments(t *testing.T) {
	for _, argv := range []string{`$(seq 5000) secret`, `$(head -c 100000 /dev/zero | tr "\\0" a) secret`} {
		o := (&job{rules: denyWord, enforce: true, argv: []string{"sh", "-c", "/bin/true " + argv}}).run(t)
		if o.status != 126 || !slices.Equal(o.rules(), []string{unread}) {
			t.Errorf("%s: status %d, stderr %s, alerts %v", argv, o.status, o.stderr, o.alerts)
		}
		o = (&job{rules: denyWord, enforce: true, argv: []string{"sh", "-c", "/bin/echo " + argv + " >/dev/null"}}).run(t)
		if o.status != 0 || len(o.alerts) != 0 { // the rule is decided without its arguments
			t.Errorf("%s to echo: status %d, stderr %s, alerts %v", argv, o.status, o.stderr, o.alerts)
		}
	}
}
