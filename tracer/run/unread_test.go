package run_test

import (
	"os"
	"path/filepath"
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

const denySecret = `
- rule: secret
  desc: test
  condition: >
    (evt.type in ["open", "openat"] and evt.is_open_write and fd.filename == "secret")
    or (evt.type == "execve" and proc.exepath endsWith "/secret")
  output: "%evt.type %fd.name %proc.exepath %proc.is_exe_upper_layer"
  priority: notice
  action: deny
`

// In a user namespace of its own a program may walk through directories of its
// user that are closed to callgate. Where that leads nobody knows: it is no way
// round a denial, and what is not known is not shown.
func TestBarredPath(t *testing.T) {
	dir := t.TempDir()
	j := job{rules: denySecret, dir: dir, argv: []string{"unshare", "-r", "sh", "-c",
		`mkdir d; ln -s ../secret d/link; chmod 0 d; echo x >d/link; d/link 2>&1; cat secret`}}
	if os.Getuid() == 0 {
		j.uid = 65534 // root walks everywhere
		must(t, os.Chmod(dir, 0o777))
		must(t, os.Chmod(filepath.Dir(dir), 0o755))
	}
	secret := filepath.Join(dir, "secret")
	must(t, os.WriteFile(secret, []byte("#!/bin/sh\necho ran\n"), 0o777))
	must(t, os.Chmod(secret, 0o777))
	j.enforce = true
	o := j.run(t)
	if strings.Contains(o.stderr, "unshare failed") {
		missing(t, "a user namespace for an ordinary user: "+o.stderr)
	}
	if strings.Contains(o.stdout, "x\n") || strings.Contains(o.stdout, "\nran") || strings.Count(o.stdout+o.stderr, "Permission denied") != 2 || len(o.alerts) != 0 {
		t.Errorf("enforce: printed %q, stderr %q, alerts %v", o.stdout, o.stderr, o.alerts)
	}
	open := func() { must(t, os.Chmod(filepath.Join(dir, "d"), 0o700)) } // its owner can't remove it otherwise
	t.Cleanup(open)
	open()
	must(t, os.RemoveAll(filepath.Join(dir, "d")))
	j.rules = strings.NewReplacer(`proc.exepath endsWith "/secret"`, `proc.name == "link"`, `  action: deny`, "").Replace(denySecret)
	j.enforce = false
	o = j.run(t)
	if len(o.alerts) != 1 || !strings.HasSuffix(o.alerts[0].Output, "/d/link <NA> <NA>") || o.alerts[0].Fields["proc.exepath"] != nil {
		t.Errorf("monitor: stdout %q, alerts %v", o.stdout, o.alerts)
	}
}
