package run_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/alert/sink"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/tracer/run"
	"github.com/callgate/callgate/tracer/stats"
)

// The test binary plays several parts: the supervisor under test (roleRun), its
// guardian and stage (run.Dispatch), and programs to be supervised.
const (
	roleRun    = "cg-test-run"
	roleVictim = "cg-test-victim"
)

func TestMain(m *testing.M) {
	run.Dispatch()
	switch filepath.Base(os.Args[0]) {
	case roleRun:
		os.Exit(runRole(os.Args[1:]))
	case roleVictim:
		os.Exit(victimRole(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// runRole is callgate run without its command line.
func runRole(args []string) int {
	fs := flag.NewFlagSet(roleRun, flag.ExitOnError)
	rulesPath := fs.String("rules", "", "")
	enforce := fs.Bool("enforce", false, "")
	alerts := fs.String("alerts", os.DevNull, "")
	statsPath := fs.String("stats", "", "")
	queue := fs.Int("queue", 0, "capacity of the alert queue")
	baseline := fs.Bool("baseline", false, "report goroutines, threads and descriptors")
	_ = fs.Parse(args)
	if err := runMain(*rulesPath, *enforce, *alerts, *statsPath, *queue, *baseline, fs.Args()); err != nil {
		var status exitStatus
		if !errors.As(err, &status) {
			status = 125
		}
		if err != error(status) { //nolint:errorlint // more than the status is to be told
			fmt.Fprintln(os.Stderr, err)
		}
		return int(status)
	}
	return 0
}

type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprint(int(e)) }

func runMain(rulesPath string, enforce bool, alerts, statsPath string, queue int, baseline bool, argv []string) error {
	var o rules.Options
	if rulesPath != "" {
		o.Paths = []string{rulesPath}
	}
	set, err := rules.Load(o)
	if err != nil {
		return err
	}
	out, err := sink.Open(alerts)
	if err != nil {
		return err
	}
	format, err := alert.ParseFormat("json")
	if err != nil {
		return err
	}
	q := alert.NewQueue(alert.Config{Format: format, Sinks: []alert.Sink{out}, Capacity: queue})
	st := stats.New()
	mode := rules.Monitor
	if enforce {
		mode = rules.Enforce
	}
	status, err := run.Run(run.Options{Argv: argv, Rules: set, Mode: mode, Alerts: q.Put, Stats: st, KeepStdout: true})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err = errors.Join(err, q.Close(ctx))
	if err != nil {
		return errors.Join(exitStatus(status), err)
	}
	if statsPath != "" {
		b, err := json.Marshal(st.Report())
		if err := errors.Join(err, os.WriteFile(statsPath, b, 0o600)); err != nil {
			return err
		}
	}
	if baseline {
		for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > 2 && time.Now().Before(end); {
			time.Sleep(time.Millisecond) // those that are about to end
		}
		fds, _ := os.ReadDir("/proc/self/fd")
		threads, _ := os.ReadDir("/proc/self/task")
		fmt.Fprintf(os.Stderr, "goroutines=%d fds=%d threads=%d\n", runtime.NumGoroutine(), len(fds), len(threads))
	}
	if status != 0 {
		return exitStatus(status)
	}
	return nil
}

// job is one supervised command of a test.
type job struct {
	rules   string // YAML
	enforce bool
	uid     uint32 // run all of it as this user
	argv    []string
	stdin   string
	extra   []string // more flags of runRole
	dir     string
}

// outcome is what came of it.
type outcome struct {
	stdout, stderr string
	status         int
	alerts         []record
}

type record struct {
	Rule   string         `json:"rule"`
	Output string         `json:"output"`
	Fields map[string]any `json:"output_fields"`
}

func (o *outcome) rules() []string {
	var list []string
	for _, a := range o.alerts {
		list = append(list, a.Rule)
	}
	return list
}

// command is the supervisor, ready to start.
func (j *job) command(t *testing.T) (cmd *exec.Cmd, alerts string) {
	t.Helper()
	dir := t.TempDir()
	if j.uid != 0 {
		must(t, os.Chmod(dir, 0o777))
		must(t, os.Chmod(filepath.Dir(dir), 0o755))
	}
	alerts = filepath.Join(dir, "alerts.json")
	args := []string{roleRun, "-alerts", alerts}
	if j.rules != "" {
		path := filepath.Join(dir, "rules.yaml")
		must(t, os.WriteFile(path, []byte(j.rules), 0o644))
		args = append(args, "-rules", path)
	}
	if j.enforce {
		args = append(args, "-enforce")
	}
	path := self(t)
	if j.uid != 0 {
		path = copySelf(t, dir)
	}
	cmd = &exec.Cmd{Path: path, Args: append(append(append(args, j.extra...), "--"), j.argv...), Stdin: strings.NewReader(j.stdin), Dir: j.dir}
	if j.uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: j.uid, Gid: j.uid}}
	}
	return cmd, alerts
}

func (j *job) run(t *testing.T) *outcome {
	t.Helper()
	cmd, alerts := j.command(t)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return &outcome{stdout: stdout.String(), stderr: stderr.String(), status: cmd.ProcessState.ExitCode(), alerts: readAlerts(t, alerts)}
}

func readAlerts(t *testing.T, path string) (list []record) {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	must(t, err)
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var r record
		d := json.NewDecoder(bytes.NewReader(s.Bytes()))
		d.UseNumber() // nanoseconds need all their digits
		must(t, d.Decode(&r))
		if _, message, ok := strings.Cut(r.Output, " Notice "); ok {
			r.Output = message
		}
		list = append(list, r)
	}
	return list
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// self is the test binary.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	must(t, err)
	return path
}

// copySelf puts the test binary where every user can execute it.
func copySelf(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(self(t))
	must(t, err)
	path := filepath.Join(dir, "run.test")
	must(t, os.WriteFile(path, b, 0o755))
	return path
}

// victim is the command line of the test binary as a supervised program.
func victim(t *testing.T, args ...string) []string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(dir, 0o755))
	path := filepath.Join(dir, roleVictim)
	must(t, os.Rename(copySelf(t, dir), path))
	return append([]string{path}, args...)
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
