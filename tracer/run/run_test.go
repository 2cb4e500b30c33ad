package run_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const logSetns = `
- rule: setns
  desc: test
  condition: evt.type == "setns"
  output: "setns by %proc.name, parent %proc.pname"
  priority: notice
`

func TestExitStatus(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	must(t, os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o644))
	const denyTrue = `
- rule: no true
  desc: test
  condition: evt.type == "execve" and proc.name == "true"
  output: denied
  priority: error
  action: deny
  errno: EACCES
`
	for _, c := range []struct {
		name  string
		job   job
		want  int
		alert bool
	}{
		{"success", job{argv: []string{"true"}}, 0, false},
		{"own status", job{argv: []string{"sh", "-c", "exit 7"}}, 7, false},
		{"signal", job{argv: []string{"sh", "-c", "kill -TERM $$"}}, 143, false},
		{"not found in PATH", job{argv: []string{"no-such-command"}}, 127, false},
		{"not found", job{argv: []string{"/no/such/command"}}, 127, false},
		{"empty name", job{argv: []string{""}}, 127, false},
		{"not executable", job{argv: []string{plain}}, 126, false},
		{"first exec denied", job{argv: []string{"true"}, rules: denyTrue, enforce: true}, 126, true},
		{"denied in monitor", job{argv: []string{"true"}, rules: denyTrue}, 0, true},
		{"killed", job{argv: []string{"true"}, rules: strings.Replace(denyTrue, "deny\n  errno: EACCES", "kill", 1), enforce: true}, 137, true},
		{"later exec killed", job{argv: []string{"sh", "-c", "/bin/true; echo $?"}, rules: strings.Replace(denyTrue, "deny\n  errno: EACCES", "kill", 1), enforce: true}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := c.job.run(t)
			if o.status != c.want {
				t.Errorf("exit status %d, want %d; stderr: %s", o.status, c.want, o.stderr)
			}
			if (len(o.alerts) > 0) != c.alert {
				t.Errorf("alerts: %v", o.alerts)
			}
		})
	}
}

// What the command is given must reach it as without callgate.
func TestCommandGetsItsSurroundings(t *testing.T) {
	extra := filepath.Join(t.TempDir(), "extra")
	must(t, os.WriteFile(extra, []byte("from descriptor 3\n"), 0o600))
	f, err := os.Open(extra)
	must(t, err)
	defer f.Close()
	j := job{rules: logSetns, argv: []string{"sh", "-c", `cat; cat <&3; ls -l /proc/self/fd | wc -l; pwd; echo "$CALLGATE_TEST" "$@"; ulimit -n; grep -E '^(SigBlk|SigIgn|NoNewPrivs)' /proc/self/status`, "sh", "a b", "", "c"}, dir: "/usr"}
	run := func(argv []string) string {
		cmd, _ := j.command(t)
		if argv != nil {
			cmd = exec.Command(argv[0], argv[1:]...)
			cmd.Dir = j.dir
		}
		cmd.Stdin = strings.NewReader("from stdin\n")
		cmd.ExtraFiles = []*os.File{f}
		cmd.Env = append(os.Environ(), "CALLGATE_TEST=x")
		_, err := f.Seek(0, 0)
		must(t, err)
		out, err := cmd.CombinedOutput()
		must(t, err)
		return string(out)
	}
	plain, supervised := run(j.argv), run(nil)
	if os.Getuid() != 0 {
		plain = strings.Replace(plain, "NoNewPrivs:\t0", "NoNewPrivs:\t1", 1) // documented
	}
	if plain != supervised {
		t.Errorf("without callgate:\n%s\nwith it:\n%s", plain, supervised)
	}
}

func TestEntrypointHasNoParent(t *testing.T) {
	const rules = `
- rule: entry
  desc: test
  condition: evt.type == "execve" and not has(proc.pname)
  output: "entry %proc.name %proc.pname %proc.ppid %proc.aname[1]"
  priority: notice
- rule: child
  desc: test
  condition: evt.type == "execve" and has(proc.pname)
  output: "child %proc.name of %proc.pname, grandparent %proc.aname[2]"
  priority: notice
`
	o := (&job{rules: rules, argv: []string{"sh", "-c", "/bin/true; :"}}).run(t)
	if len(o.alerts) != 2 || o.alerts[0].Output != "entry sh <NA> <NA> <NA>" || o.alerts[1].Output != "child true of sh, grandparent <NA>" {
		t.Errorf("alerts: %v", o.alerts)
	}
}

// A shell looks for a command along PATH; the places where it isn't give no
// alerts, and a denial that the shell does not take for an answer is one alert.
func TestPathSearch(t *testing.T) {
	const rules = `
- rule: exec
  desc: test
  condition: evt.type == "execve" and proc.name == "true"
  output: "%evt.arg.filename"
  priority: notice
`
	dir := t.TempDir()
	const search = `PATH=/nowhere:/etc:` + "DIR" + `:/bin:/usr/bin; env true`
	must(t, os.WriteFile(filepath.Join(dir, "true"), []byte("not executable"), 0o644))
	argv := []string{"sh", "-c", strings.Replace(search, "DIR", dir, 1)}
	if o := (&job{rules: rules, argv: argv}).run(t); len(o.alerts) != 1 || o.alerts[0].Output != "/bin/true" || o.status != 0 {
		t.Errorf("log: status %d, alerts %v", o.status, o.alerts)
	}
	deny := rules + "  action: deny\n  errno: EACCES\n"
	o := (&job{rules: deny, enforce: true, argv: argv}).run(t)
	if len(o.alerts) != 1 || o.status != 126 || !strings.Contains(o.stderr, "Permission denied") {
		t.Errorf("deny: status %d, stderr %s, alerts %v", o.status, o.stderr, o.alerts)
	}
	// Asked for twice, it is denied and reported twice.
	o = (&job{rules: deny, enforce: true, argv: []string{"sh", "-c", "/bin/true; /bin/true"}}).run(t)
	if len(o.alerts) != 2 {
		t.Errorf("two denials: alerts %v", o.alerts)
	}
}

func TestVerdicts(t *testing.T) {
	const rules = `
- rule: log it
  desc: test
  condition: evt.type == "setns"
  output: logged
  priority: notice
- rule: deny it
  desc: test
  condition: evt.type == "setns" and evt.arg.nstype contains "CLONE_NEWNET"
  output: denied
  priority: error
  action: deny
  errno: ENOTSUP
`
	v := victim(t, "retry")
	o := (&job{rules: rules, enforce: true, argv: v}).run(t)
	if o.stdout != "operation not supported\noperation not supported\n" || len(o.alerts) != 4 {
		t.Fatalf("enforce: printed %q, alerts %v", o.stdout, o.alerts)
	}
	for _, a := range o.alerts {
		deny := a.Rule == "deny it"
		want := map[bool]string{true: "enforce", false: "audit"}[deny]
		if a.Fields["callgate.enforced"] != deny || a.Fields["callgate.guarantee"] != want {
			t.Errorf("alert %v", a)
		}
	}
	o = (&job{rules: rules, argv: v}).run(t)
	if o.stdout != "bad file descriptor\nbad file descriptor\n" || len(o.alerts) != 4 {
		t.Fatalf("monitor: printed %q, alerts %v", o.stdout, o.alerts)
	}
	for _, a := range o.alerts {
		if a.Fields["callgate.enforced"] != false || a.Fields["callgate.guarantee"] != "audit" {
			t.Errorf("alert %v", a)
		}
	}
}

func TestIoUring(t *testing.T) {
	argv := victim(t, "io_uring")
	plain, err := exec.Command(argv[0], argv[1:]...).Output()
	must(t, err)
	o := (&job{rules: logSetns, argv: argv}).run(t)
	if o.stdout != string(plain) || !slices.Contains(o.rules(), "io_uring Set Up") {
		t.Errorf("monitor: printed %q, want %q; alerts %v", o.stdout, plain, o.alerts)
	}
	o = (&job{rules: logSetns, enforce: true, argv: argv}).run(t)
	if o.stdout != "function not implemented\n" || !slices.Contains(o.rules(), "io_uring Set Up") {
		t.Errorf("enforce: printed %q, alerts %v", o.stdout, o.alerts)
	}
	allow := logSetns + "- rule: io_uring Set Up\n  enabled: false\n"
	o = (&job{rules: allow, enforce: true, argv: argv}).run(t)
	if o.stdout != string(plain) || len(o.alerts) != 0 {
		t.Errorf("allowed: printed %q, alerts %v", o.stdout, o.alerts)
	}
}

// A command that stops itself and is continued by a child: the child's calls
// must be answered meanwhile.
func TestStoppedCommandIsContinuedByItsChild(t *testing.T) {
	j := job{rules: logExec, argv: []string{"sh", "-c", `{ while ! grep -q "State:.T" /proc/$$/status; do :; done; /bin/true; kill -CONT $$; } & kill -STOP $$; wait; echo continued`}}
	cmd, _ := j.command(t)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal
	ended := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	out, err := cmd.Output()
	if ended.Stop(); err != nil || string(out) != "continued\n" {
		t.Errorf("%v, printed %q", err, out)
	}
}

// A limit on the size of files is met by alerts: that is callgate's affair.
func TestFileSizeLimitSparesTheCommand(t *testing.T) {
	rule := strings.NewReplacer("setns by", "a program of", `"setns"`, `"execve"`).Replace(logSetns)
	j := job{rules: rule, argv: []string{"sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do /bin/true; done; exit 3"}}
	cmd, _ := j.command(t)
	cmd.Args = append([]string{"sh", "-c", `ulimit -f 1; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	link := t.TempDir() + "/" + roleRun
	must(t, os.Symlink(cmd.Path, link))
	cmd.Path, cmd.Args[3] = "/bin/sh", link
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("status %d, printed %s", cmd.ProcessState.ExitCode(), out)
	}
}
