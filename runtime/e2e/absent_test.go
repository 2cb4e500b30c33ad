package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/rig"
)

// TestNoDaemon: without a daemon no container starts, and whoever wanted it is
// told what to do.
func TestNoDaemon(t *testing.T) {
	n := newNode(t, "containerd 1.6.20", "runc 1.1.5")
	ctx := bounded(t, patience)
	_, err := n.CtrRun(ctx, rig.Container{ID: "c", Handler: rig.Handler, Flags: []string{"--rm"}, Command: []string{rig.ProbePath, "traceme"}})
	if err == nil {
		t.Fatal("the container ran")
	}
	for _, part := range []string{control.DefaultSocket, "systemctl start callgate"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v; want it to say %q", err, part)
		}
	}
}

// TestSupervisorLoss kills the daemon and lets it stay away: after
// supervisor_timeout calls get what on_supervisor_loss says, until a daemon is back.
func TestSupervisorLoss(t *testing.T) {
	for policy, want := range map[string]string{
		"hold":  "", // nothing
		"allow": "connect: ECONNREFUSED status 0",
		"deny":  "connect: EPERM status 0",
		"kill":  "status 137",
	} {
		t.Run(policy, func(t *testing.T) {
			s := newSite(t, "containerd 1.6.20", "runc 1.1.5", connectRules, "supervisor_timeout: 1s\non_supervisor_loss: "+policy)
			ctx := bounded(t, 2*patience)
			out := filepath.Join(s.Dir, "out")
			if _, err := s.CtrRun(ctx, rig.Container{
				ID: "c", Handler: rig.Handler, Flags: []string{"--detach", "--net-host", "--log-uri", "file://" + out},
				Command: []string{"/bin/sh", "-c", `exec 2>/dev/null; while :; do echo $(probe connect 127.0.0.1:9; echo status $?); sleep 0.1; done`},
			}); err != nil {
				t.Fatal(err)
			}
			const judged = "connect: ECONNREFUSED status 0"
			said := func() []string {
				text, _ := os.ReadFile(out)
				return lines(string(text))
			}
			eventually(ctx, t, "calls are judged", func() bool { return len(said()) >= 3 })
			if err := s.daemon.Kill(); err != nil {
				t.Fatal(err)
			}
			before := len(said()) + 1 // one call may have been answered and not yet be told
			if want == "" {
				quiet(ctx, t, said)
			} else {
				eventually(ctx, t, "the policy is applied: "+want, func() bool {
					now := said()
					return len(now) > before+1 && now[len(now)-1] == want
				})
			}
			if err := s.daemon.Start(); err != nil {
				t.Fatal(err)
			}
			back := len(s.alerts(t, in("c")))
			eventually(ctx, t, "calls are judged again", func() bool {
				now := said()
				return len(s.alerts(t, in("c"))) > back+1 && now[len(now)-1] == judged
			})
			for _, line := range said() {
				if line != judged && line != want {
					t.Errorf("a call gave %q", line)
				}
			}
			if want != "" {
				eventually(ctx, t, "the gap is reported", func() bool {
					gaps := s.alerts(t, func(a alert) bool { return a.Rule == "Calls Went Unjudged" })
					return len(gaps) == 1 && gaps[0].Fields["callgate.policy"] == policy
				})
			}
		})
	}
}

// quiet waits until nothing is said for several seconds, in which a loop that is
// not held would have gone round many times.
func quiet(ctx context.Context, t *testing.T, said func() []string) {
	t.Helper()
	last := -1
	for {
		n := len(said())
		if n == last {
			return
		}
		last = n
		select {
		case <-ctx.Done():
			t.Fatalf("calls are not held: %d so far", n)
		case <-time.After(5 * time.Second):
		}
	}
}
