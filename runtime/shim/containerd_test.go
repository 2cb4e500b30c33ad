package shim_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/runtime/internal/standin"
	"github.com/callgate/callgate/runtime/meta"
)

const patience = 3 * time.Minute

func TestMain(m *testing.M) {
	rig.Dispatch()
	code := m.Run()
	rig.Cleanup()
	os.Exit(code)
}

// eachContainerd runs a test with the oldest and the newest containerd, and with
// crun.
func eachContainerd(t *testing.T, test func(ctx context.Context, t *testing.T, n *rig.Node)) {
	rig.NeedRoot(t)
	shim, err := rig.Build("cmd/containerd-shim-callgate-v1")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ containerd, runtime, version string }{
		{"1.6.20", "runc", "1.1.5"},
		{"2.4.2", "runc", "1.5.2"},
		{"1.6.20", "crun", "1.8.1"},
		{"1.7.35", "runc", "1.5.2"},
	} {
		containerd, err := rig.Find("containerd", k.containerd)
		if err != nil {
			t.Fatal(err)
		}
		runtime, err := rig.Find(k.runtime, k.version)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(containerd.String()+" "+runtime.String(), func(t *testing.T) {
			if containerd.Whence == "long" && !rig.Long() {
				t.Skip("only in the long form (CALLGATE_LONG=1)")
			}
			n := rig.ForTest(t, rig.NodeConfig{Containerd: containerd, Runtime: runtime, Shim: shim})
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			test(ctx, t, n)
		})
	}
}

func TestLifeOfAContainer(t *testing.T) {
	eachContainerd(t, func(ctx context.Context, t *testing.T, n *rig.Node) {
		testFailsClosed(ctx, t, n)
		testHold(ctx, t, n)
		s := startDaemon(t, n)
		testRefused(ctx, t, n, s)
		testRunExecKill(ctx, t, n, s)
		testKilledShim(ctx, t, n)
	})
}

// startDaemon starts a stand-in for the daemon where shims on the node look for it.
func startDaemon(t testing.TB, n *rig.Node) *standin.Daemon {
	t.Helper()
	return standin.Start(t, n.Path(control.DefaultSocket))
}

// Without a daemon nothing starts, and the error says what to do.
func testFailsClosed(ctx context.Context, t *testing.T, n *rig.Node) {
	out, err := n.CtrRun(ctx, rig.Container{ID: "closed", Handler: rig.Handler, Flags: []string{"--rm"}, Command: []string{rig.ProbePath, "keyctl"}})
	if err == nil {
		t.Fatalf("a container ran without a daemon: %q", out)
	}
	for _, want := range []string{control.DefaultSocket, "systemctl start callgate", `when_unavailable = "hold"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	clean(ctx, t, n, "closed")
}

// testHold starts a container that waits for a daemon; the caller starts one.
func testHold(ctx context.Context, t *testing.T, n *rig.Node) {
	options := n.Dir + "/hold.toml"
	if err := os.WriteFile(options, []byte("when_unavailable = \"hold\"\nBinaryName = \""+n.RuntimePath+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := n.CtrRun(ctx, rig.Container{ID: "held", Handler: rig.Handler, Flags: []string{"--rm", "--runtime-config-path", options}, Command: []string{rig.ProbePath, "keyctl"}})
		done <- err
	}()
	t.Run("hold", func(t *testing.T) {
		waitFor(ctx, t, "a waiting shim", func() bool {
			shims, err := n.Shims("held")
			return err == nil && len(shims) == 1
		})
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		startDaemon(t, n)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	clean(ctx, t, n, "held")
}

func testRefused(ctx context.Context, t *testing.T, n *rig.Node, s *standin.Daemon) {
	s.SetAnswer(func(meta.Container, *control.Admission) error { return errors.New("no such rule set") })
	defer s.SetAnswer(nil)
	out, err := n.CtrRun(ctx, rig.Container{ID: "refused", Handler: rig.Handler, Flags: []string{"--rm"}, Command: []string{rig.ProbePath, "keyctl"}})
	if err == nil || !strings.Contains(err.Error(), "no such rule set") {
		t.Errorf("refused: %q, %v", out, err)
	}
	clean(ctx, t, n, "refused")
}

func testRunExecKill(ctx context.Context, t *testing.T, n *rig.Node, s *standin.Daemon) {
	if out, err := n.CtrRun(ctx, rig.Container{ID: "c", Handler: rig.Handler, Flags: []string{"--detach"}}); err != nil {
		t.Fatal(out, err)
	}
	waitFor(ctx, t, "the first exec", func() bool { return s.Calls("c") > 0 })
	begun := s.Calls("c")
	if out, err := n.CtrExec(ctx, "c", rig.ProbePath, "keyctl"); err != nil || out != "keyctl: ok\n" {
		t.Errorf("exec: %q, %v", out, err)
	}
	if s.Calls("c") == begun { // it has ended, so its own exec was answered
		t.Error("an exec was not intercepted")
	}
	if sockets := agentSockets(t, n); len(sockets) != 1 {
		t.Errorf("agent sockets: %v, want one", sockets)
	}
	if err := n.StopContainerd(); err != nil {
		t.Fatal(err)
	}
	if err := n.StartContainerd(); err != nil {
		t.Fatal(err)
	}
	if out, err := n.CtrExec(ctx, "c", rig.ProbePath, "keyctl"); err != nil || out != "keyctl: ok\n" {
		t.Errorf("exec after a restart of containerd: %q, %v", out, err)
	}
	remove(ctx, t, n, "c")
	clean(ctx, t, n, "c")
}

// When the shim is killed containerd reaps the container by our delete.
func testKilledShim(ctx context.Context, t *testing.T, n *rig.Node) {
	if out, err := n.CtrRun(ctx, rig.Container{ID: "k", Handler: rig.Handler, Flags: []string{"--detach"}}); err != nil {
		t.Fatal(out, err)
	}
	shims, err := n.Shims("k")
	if err != nil || len(shims) != 1 {
		t.Fatalf("shims: %v, %v", shims, err)
	}
	if err := syscall.Kill(shims[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(ctx, t, "the container's end", func() bool {
		out, err := n.Ctr(ctx, "tasks", "ls", "-q")
		return err == nil && !strings.Contains(out, "k\n") && len(agentSockets(t, n)) == 0
	})
	if out, err := n.Ctr(ctx, "containers", "rm", "k"); err != nil {
		t.Error(out, err)
	}
	clean(ctx, t, n, "k")
}

// remove ends a container and deletes it.
func remove(ctx context.Context, t *testing.T, n *rig.Node, id string) {
	t.Helper()
	if out, err := n.Ctr(ctx, "tasks", "kill", "-s", "SIGKILL", id); err != nil {
		t.Error(out, err)
	}
	waitFor(ctx, t, "the end of "+id, func() bool {
		out, err := n.Ctr(ctx, "tasks", "ls")
		return err == nil && strings.Contains(out, "STOPPED")
	})
	for _, args := range [][]string{{"tasks", "rm", id}, {"containers", "rm", id}} {
		if out, err := n.Ctr(ctx, args...); err != nil {
			t.Error(out, err)
		}
	}
}

// clean checks that nothing of a container is left.
func clean(ctx context.Context, t *testing.T, n *rig.Node, id string) {
	t.Helper()
	waitFor(ctx, t, "the end of "+id+"'s shim", func() bool {
		shims, err := n.Shims(id)
		return err == nil && len(shims) == 0
	})
	if sockets := agentSockets(t, n); len(sockets) != 0 {
		t.Errorf("agent sockets are left: %v", sockets)
	}
	if out, err := n.Ctr(ctx, "tasks", "ls", "-q"); err != nil || out != "" {
		t.Errorf("tasks are left: %q, %v", out, err)
	}
}

func agentSockets(t *testing.T, n *rig.Node) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(n.Path("/run/callgate-shim"))
	if err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func waitFor(ctx context.Context, t *testing.T, what string, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
