package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/runtime/internal/rig/probe/report"
)

// loadRules report the connects to port 9 under their addresses, and judge every
// other connect and exec without reporting it.
const loadRules = `
- rule: Connects
  desc: A judged call.
  condition: evt.type == "connect" and fd.sport == 9
  output: "%container.full_id %fd.sip"
  priority: notice
- rule: Executes
  desc: A program that nobody executes.
  condition: evt.type == "execve" and proc.name == "recon"
  output: "%container.full_id"
  priority: notice
`

// longestWait is how long after the arrival of a daemon a call may stay blocked.
// What is promised is a second; the machine of a test may be busy.
const longestWait = 15 * time.Second

// TestDaemonKilled kills the daemon at random moments while containers connect,
// fork and execute, and while commands are executed in them. Nobody may notice but
// by waiting.
func TestDaemonKilled(t *testing.T) {
	kills, containers := 20, 8
	if rig.Long() {
		kills = 200
	}
	s := newSite(t, "containerd 2.4.2", "runc 1.5.2", loadRules, "on_supervisor_loss: hold")
	ctx := bounded(t, 20*patience)
	fresh := s.resources(t, s.daemon.PID())

	var loads []*loadContainer
	for i := range containers {
		loads = append(loads, startLoad(ctx, t, s, fmt.Sprintf("load%d", i)))
	}
	before := make([]resources, containers)
	for i, l := range loads {
		before[i] = s.resources(t, l.shim(t))
	}
	var arrivals []time.Duration // of daemons
	for range kills {
		time.Sleep(time.Duration(rand.Int64N(int64(300 * time.Millisecond)))) //nolint:gosec // moments, no secrets
		if err := s.daemon.Kill(); err != nil {
			t.Fatal(err)
		}
		// A command that is executed while there is no daemon waits for one.
		executed := make(chan error, 1)
		l := loads[rand.IntN(containers)] //nolint:gosec // as above
		go func() { executed <- l.exec(ctx) }()
		if err := s.daemon.Start(); err != nil {
			t.Fatal(err)
		}
		arrivals = append(arrivals, report.Now())
		if err := <-executed; err != nil {
			t.Error(err)
		}
	}
	for i, l := range loads {
		settled(ctx, t, "shim of "+l.id, func() resources { return s.resources(t, l.shim(t)) }, before[i])
	}
	var longest time.Duration
	for _, l := range loads {
		r := l.stop(ctx, t)
		t.Logf("%s: %d and %d connects, %d execs, %d slow calls", l.id, r.Connects, r.Others, r.Execs, len(r.Slow))
		if r.Connects == 0 || r.Others == 0 || r.Execs == 0 || len(r.Failures) > 0 {
			t.Errorf("%s: %d and %d connects, %d execs, failures %q", l.id, r.Connects, r.Others, r.Execs, r.Failures)
		}
		longest = max(longest, blocked(r.Slow, arrivals))
		// An alert is written before its call is answered, and all have been.
		l.checkAlerts(t, r.Connects)
	}
	t.Logf("%d kills: the longest call ended %v after its daemon's arrival", kills, longest)
	if longest > longestWait {
		t.Errorf("a call was blocked for %v after the daemon's arrival", longest)
	}
	settled(ctx, t, "daemon", func() resources { return s.resources(t, s.daemon.PID()) }, fresh)
}

// loadContainer is a container that makes calls without pause.
type loadContainer struct {
	*site
	id, out string
}

func startLoad(ctx context.Context, t *testing.T, s *site, id string) *loadContainer {
	t.Helper()
	l := &loadContainer{s, id, filepath.Join(s.Dir, id+".out")}
	if _, err := s.CtrRun(ctx, rig.Container{
		ID: id, Handler: rig.Handler, Flags: []string{"--detach", "--net-host", "--log-uri", "file://" + l.out},
		Command: []string{rig.ProbePath, "load", "9"},
	}); err != nil {
		t.Fatal(err)
	}
	eventually(ctx, t, id+" is judged", func() bool { return len(s.alerts(t, in(id))) > 0 })
	return l
}

func (l *loadContainer) shim(t *testing.T) int {
	t.Helper()
	shims, err := l.Shims(l.id)
	if err != nil || len(shims) != 1 {
		t.Fatalf("shims of %s: %v, %v", l.id, shims, err)
	}
	return shims[0]
}

func (l *loadContainer) exec(ctx context.Context) error {
	out, err := l.Ctr(ctx, "tasks", "exec", "--exec-id", "e"+strconv.FormatUint(rand.Uint64(), 36), l.id, rig.ProbePath, "traceme") //nolint:gosec // a name
	if err == nil && out != "traceme: ok\n" {
		err = fmt.Errorf("exec in %s: %q", l.id, out)
	}
	return err
}

// stop ends the load and returns its report.
func (l *loadContainer) stop(ctx context.Context, t *testing.T) (r report.Load) {
	t.Helper()
	if _, err := l.Ctr(ctx, "tasks", "kill", "--signal", "SIGTERM", l.id); err != nil {
		t.Fatal(err)
	}
	eventually(ctx, t, l.id+" has reported", func() bool {
		text, _ := os.ReadFile(l.out)
		return json.Unmarshal(text, &r) == nil
	})
	if _, err := l.Ctr(ctx, "tasks", "delete", "--force", l.id); err != nil {
		t.Error(err)
	}
	return r
}

// checkAlerts: each connect is reported once, or again with the mark of a
// possible repetition.
func (l *loadContainer) checkAlerts(t *testing.T, connects int) {
	t.Helper()
	reported, marked := map[string]int{}, 0
	for _, a := range l.alerts(t, in(l.id)) {
		address, _ := a.Fields["fd.sip"].(string)
		if a.Fields["callgate.repeat"] == true {
			marked++
			if reported[address] > 0 {
				continue
			}
		}
		reported[address]++
	}
	for n := 1; n <= connects; n++ {
		if address := loopback(n); reported[address] != 1 {
			t.Errorf("%s: the connect to %s, one of %d, is reported %d times without a mark", l.id, address, connects, reported[address])
		}
	}
	if len(reported) != connects {
		t.Errorf("%s: %d addresses are reported of %d connects", l.id, len(reported), connects)
	}
	t.Logf("%s: %d alerts were marked as possible repetitions", l.id, marked)
}

// loopback is the address of the probe's nth connect.
func loopback(n int) string { return fmt.Sprintf("127.%d.%d.%d", n>>16&0xff, n>>8&0xff, n&0xff) }

// blocked is the longest time from the last arrival of a daemon during a call to
// the call's end.
func blocked(slow []report.Slow, arrivals []time.Duration) (longest time.Duration) {
	for _, c := range slow {
		for _, a := range arrivals {
			if c.Begin < a && a < c.End {
				longest = max(longest, c.End-arrivals[lastBefore(arrivals, c.End)])
			}
		}
	}
	return longest
}

func lastBefore(arrivals []time.Duration, t time.Duration) (last int) {
	for i, a := range arrivals {
		if a < t {
			last = i
		}
	}
	return last
}

// resources are what a process holds.
type resources struct{ files, threads int }

func (s *site) resources(t *testing.T, pid int) resources {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	return resources{len(files), len(threads)}
}

// spareThreads is how many threads more than before Go's runtime may keep: it
// starts them as it sees fit and never ends them.
const spareThreads = 20

// settled waits until a process holds no more than before.
func settled(ctx context.Context, t *testing.T, who string, holds func() resources, before resources) {
	t.Helper()
	eventually(ctx, t, fmt.Sprintf("%s is back at %+v", who, before), func() bool {
		r := holds()
		return r.files <= before.files && r.threads <= before.threads+spareThreads
	})
}
