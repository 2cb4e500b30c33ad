package run_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callgate/callgate/tracer/stats"
)

const logExec = `
- rule: exec
  desc: test
  condition: evt.type in ["execve", "execveat"] and proc.name == "never"
  output: "%proc.cmdline"
  priority: notice
- rule: setns
  desc: test
  condition: evt.type == "setns" and proc.pname == "never"
  output: "%proc.cmdline"
  priority: notice
`

// Pipelines of a shell fork, exec, dup and wait as fast as they can.
func TestThousandPipelines(t *testing.T) {
	const script = `i=0; while [ $i -lt 1000 ]; do echo $i | cat | sed s/^/x/; i=$((i+1)); done`
	want, err := exec.Command("dash", "-c", script).Output()
	must(t, err)
	o := (&job{rules: logExec, argv: []string{"dash", "-c", script}}).run(t)
	if o.status != 0 || o.stdout != string(want) {
		t.Errorf("status %d, %d bytes of output, want %d; stderr %s", o.status, len(o.stdout), len(want), o.stderr)
	}
}

func TestManyThreads(t *testing.T) {
	o := (&job{rules: logSetns, argv: victim(t, "threads")}).run(t)
	if o.stdout != "wrong results: 0\n" || len(o.alerts) != 64*50 {
		t.Errorf("printed %q, %d alerts", o.stdout, len(o.alerts))
	}
}

// Go's runtime interrupts its threads all the time; every call is one event all
// the same.
func TestGoProgramUnderSignals(t *testing.T) {
	o := (&job{rules: logSetns, argv: victim(t, "urgent")}).run(t)
	if o.stdout != "done\n" || len(o.alerts) != 4*100 {
		t.Errorf("printed %q, %d alerts", o.stdout, len(o.alerts))
	}
}

func TestNothingLeaks(t *testing.T) {
	n := 10000
	if testing.Short() {
		n = 500
	}
	figures := func(n int) string {
		stats := filepath.Join(t.TempDir(), "stats.json")
		o := (&job{rules: logExec, argv: victim(t, "execs", fmt.Sprint(n)), extra: []string{"-baseline", "-stats", stats}}).run(t)
		if o.status != 0 {
			t.Fatalf("status %d: %s", o.status, o.stderr)
		}
		checkStats(t, stats, n)
		return o.stderr
	}
	if few, many := figures(1), figures(n); few != many {
		t.Errorf("after one exec: %s after %d: %s", few, n, many)
	}
}

func checkStats(t *testing.T, path string, execs int) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	var r stats.Report
	must(t, json.Unmarshal(b, &r))
	if len(r.Syscalls) == 0 || r.Syscalls[0].Name != "execve" || int(r.Syscalls[0].Notifications) < execs || r.Latency.P50 <= 0 || r.Latency.Max < r.Latency.P99 {
		t.Errorf("statistics: %s", b)
	}
}

// An alert that can't be written holds only the call that caused it.
func TestSlowSinkHoldsOnlyItsCaller(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	must(t, exec.Command("mkfifo", fifo).Run())
	reader, err := os.OpenFile(fifo, os.O_RDWR, 0) // keeps the fifo open, and reads nothing yet
	must(t, err)
	defer reader.Close()
	j := job{rules: logSetns, argv: victim(t, "threads"), extra: []string{"-alerts", fifo}}
	cmd, _ := j.command(t)
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, os.Stderr
	must(t, cmd.Start())
	lines := 0
	for lines < 64*50 {
		b := make([]byte, 1<<16)
		n, err := reader.Read(b)
		must(t, err)
		lines += bytes.Count(b[:n], []byte("\n"))
	}
	must(t, cmd.Wait())
	if !strings.Contains(stdout.String(), "wrong results: 0") {
		t.Errorf("printed %q", stdout.String())
	}
}
