package run_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

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
	figures := func(n int) (same string, threads int) {
		stats := filepath.Join(t.TempDir(), "stats.json")
		o := (&job{rules: logExec, argv: victim(t, "execs", fmt.Sprint(n)), extra: []string{"-baseline", "-stats", stats}}).run(t)
		if o.status != 0 {
			t.Fatalf("status %d: %s", o.status, o.stderr)
		}
		checkStats(t, stats, n)
		same, rest, _ := strings.Cut(o.stderr, " threads=")
		threads, err := strconv.Atoi(strings.TrimSpace(rest))
		must(t, err)
		return same, threads
	}
	few, fewThreads := figures(1)
	many, manyThreads := figures(n)
	// Go keeps threads that it once needed, so their number is no constant.
	if few != many || manyThreads > fewThreads+32 {
		t.Errorf("after one exec: %s and %d threads; after %d: %s and %d", few, fewThreads, n, many, manyThreads)
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

// An alert that can't be written holds the calls that cause alerts, and no
// other.
func TestFullQueueHoldsOnlyItsCallers(t *testing.T) {
	const rules = `
- rule: net
  desc: test
  condition: evt.type == "setns" and (evt.arg.nstype == "CLONE_NEWNET" or evt.arg.nstype == "CLONE_NEWUTS" and proc.name == "never")
  output: alert
  priority: notice
`
	fifo := filepath.Join(t.TempDir(), "fifo")
	must(t, unix.Mkfifo(fifo, 0o600))
	reader, err := os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0)
	must(t, err)
	defer reader.Close()
	full := fill(t, reader)
	j := job{rules: rules, argv: victim(t, "mixed"), extra: []string{"-alerts", fifo, "-queue", "1"}}
	cmd, _ := j.command(t)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "free" {
		t.Fatalf("printed %q", lines.Text())
	}
	guardian := childNamed(cmd.Process.Pid, "cg-guardian")
	held := childNamed(guardian, roleVictim)
	eventually(t, "callers are held", func() bool { return threadsIn(held, unix.SYS_SETNS) >= 5 })
	// Now the alerts are let out, and their callers go on.
	b := make([]byte, 1<<16)
	for got := -full; lines.Text() != "done"; {
		n, err := reader.Read(b)
		must(t, err)
		if got += n; got > 0 && !lines.Scan() {
			t.Fatal("the held callers did not go on")
		}
	}
	must(t, cmd.Wait())
}

// fill writes to a pipe until it is full and tells how many bytes that took.
func fill(t *testing.T, f *os.File) (n int) {
	t.Helper()
	raw, err := f.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) {
		for b := make([]byte, 4096); ; n += len(b) {
			if _, err := unix.Write(int(fd), b); err != nil {
				return
			}
		}
	}))
	return n
}

// threadsIn is the number of a process's threads that are in a system call.
func threadsIn(pid, nr int) (n int) {
	calls, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, c := range calls {
		b, _ := os.ReadFile(c)
		if strings.HasPrefix(string(b), fmt.Sprint(nr, " ")) {
			n++
		}
	}
	return n
}
