package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// connectRules report connects to one port.
const connectRules = `
- rule: Connects
  desc: A judged call.
  condition: evt.type == "connect" and fd.sport == 9
  output: "%container.full_id %container.name %k8s.ns.name %k8s.pod.name"
  priority: notice
`

// TestPods goes through the life of pods with several containers in one shim,
// on the oldest and the newest containerd.
func TestPods(t *testing.T) {
	for _, k := range [][2]string{{"containerd 1.6.20", "runc 1.1.5"}, {"containerd 2.4.2", "runc 1.5.2"}, {"containerd 1.7.35", "runc 1.5.2"}} {
		t.Run(k[0], func(t *testing.T) {
			s := newSite(t, k[0], k[1], connectRules, "")
			ctx := bounded(t, 5*patience)
			c, err := s.CRI(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			pod := &rig.Pod{Namespace: "web", Name: "shop", Handler: rig.Handler}
			if err := c.RunPod(ctx, pod); err != nil {
				t.Fatal(err)
			}
			one, err := c.Run(ctx, pod, rig.PodContainer{Name: "one"})
			if err != nil {
				t.Fatal(err)
			}
			two, err := c.Run(ctx, pod, rig.PodContainer{Name: "two", Command: []string{"/bin/sh", "-c", "echo begun; probe connect 127.0.0.1:9; exec probe"}})
			if err != nil {
				t.Fatal(err)
			}
			p := &podTest{s, c, pod, one, two, 0}
			for _, step := range []struct {
				name string
				do   func(context.Context, *testing.T)
			}{
				{"one shim, container names in alerts", p.names},
				{"logs and stats", p.stats},
				{"attach", p.attach},
				{"out of memory", p.memory},
				{"pause and resume", p.pause},
				{"containerd restarted", p.restart},
				{"shim killed", p.killShim},
			} {
				t.Run(step.name, func(t *testing.T) { step.do(ctx, t) })
			}
		})
	}
}

// podTest is a pod with two containers.
type podTest struct {
	*site
	c        *rig.CRI
	pod      *rig.Pod
	one, two string
	judged   int // connects that one has made
}

// judge has container one make a call, and waits until it is reported.
func (p *podTest) judge(ctx context.Context, t *testing.T) {
	t.Helper()
	out, err := p.c.Exec(ctx, p.one, rig.ProbePath, "connect", "127.0.0.1:9")
	if err != nil || out != "connect: ECONNREFUSED\n" {
		t.Errorf("exec: %q, %v", out, err)
	}
	p.judged++
	eventually(ctx, t, "the call is reported", func() bool { return len(p.alerts(t, in(p.one))) >= p.judged })
	if n := len(p.alerts(t, in(p.one))); n != p.judged {
		t.Errorf("%d alerts of %d calls", n, p.judged)
	}
}

func (p *podTest) names(ctx context.Context, t *testing.T) {
	if shims, err := p.Shims(p.pod.ID()); err != nil || len(shims) != 1 {
		t.Errorf("shims of the pod: %v, %v", shims, err)
	}
	for _, id := range []string{p.one, p.two} {
		if shims, err := p.Shims(id); err != nil || len(shims) != 0 {
			t.Errorf("container %s has shims of its own: %v, %v", id, shims, err)
		}
	}
	p.judge(ctx, t)
	eventually(ctx, t, "both containers are reported", func() bool { return len(p.alerts(t, in(p.two))) == 1 })
	for id, name := range map[string]string{p.one: "one", p.two: "two"} {
		if got, want := p.alerts(t, in(id))[0].Output, strings.Join([]string{id, name, "web", "shop"}, " "); !strings.HasSuffix(got, want) {
			t.Errorf("alert %q, want %q", got, want)
		}
	}
	ps, err := p.daemon.Callgate(ctx, "ps")
	if err != nil || !strings.Contains(ps, p.one[:12]) || !strings.Contains(ps, p.two[:12]) || strings.Contains(ps, p.pod.ID()[:12]) {
		t.Errorf("ps shows %q, %v; want both containers and no pause", ps, err)
	}
}

func (p *podTest) stats(ctx context.Context, t *testing.T) {
	if log, err := p.c.Log(ctx, p.pod, "two", "stdout F begun"); err != nil {
		t.Errorf("log %q, %v", log, err)
	}
	r, err := p.c.ContainerStats(ctx, &cri.ContainerStatsRequest{ContainerId: p.one})
	if err != nil || r.Stats.Memory.WorkingSetBytes.GetValue() == 0 {
		t.Errorf("stats %v, %v", r, err)
	}
}

func (p *podTest) attach(ctx context.Context, t *testing.T) {
	id, err := p.c.Run(ctx, p.pod, rig.PodContainer{Name: "shell", Terminal: true, Command: []string{"/bin/sh"}})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := p.c.AttachTerminal(ctx, id, "probe connect 127.0.0.1:9; exit 3\n"); err != nil || !strings.Contains(out, "connect: ECONNREFUSED") {
		t.Errorf("attach: %q, %v", out, err)
	}
	if status, err := p.c.Wait(ctx, id); err != nil || status.ExitCode != 3 {
		t.Errorf("status %v, %v", status, err)
	}
}

func (p *podTest) memory(ctx context.Context, t *testing.T) {
	id, err := p.c.Run(ctx, p.pod, rig.PodContainer{Name: "greedy", Memory: 32 << 20, Command: []string{rig.ProbePath, "memory"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := p.c.Wait(ctx, id); err != nil || status.Reason != "OOMKilled" || status.ExitCode != 137 {
		t.Errorf("status %v, %v; want OOMKilled", status, err)
	}
}

func (p *podTest) pause(ctx context.Context, t *testing.T) {
	state := func() string {
		out, err := p.Ctr(ctx, "-n", "k8s.io", "tasks", "list")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == p.one {
				return f[2]
			}
		}
		return "gone"
	}
	for _, k := range [][2]string{{"pause", "PAUSED"}, {"resume", "RUNNING"}} {
		if _, err := p.Ctr(ctx, "-n", "k8s.io", "tasks", k[0], p.one); err != nil {
			t.Fatal(err)
		}
		if got := state(); got != k[1] {
			t.Errorf("after %s the task is %s", k[0], got)
		}
	}
	p.judge(ctx, t)
}

func (p *podTest) restart(ctx context.Context, t *testing.T) {
	if err := p.StopContainerd(); err != nil {
		t.Fatal(err)
	}
	if err := p.StartContainerd(); err != nil {
		t.Fatal(err)
	}
	p.judge(ctx, t)
}

// killShim: the containers of a killed shim are reaped, and the daemon lets go of them.
func (p *podTest) killShim(ctx context.Context, t *testing.T) {
	shims, err := p.Shims(p.pod.ID())
	if err != nil || len(shims) != 1 {
		t.Fatalf("shims %v, %v", shims, err)
	}
	if err := unix.Kill(shims[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{p.one, p.two} {
		if status, err := p.c.Wait(ctx, id); err != nil {
			t.Errorf("status %v, %v", status, err)
		}
	}
	eventually(ctx, t, "ps shows no container", func() bool {
		ps, err := p.daemon.Callgate(ctx, "ps")
		return err == nil && !slices.ContainsFunc([]string{p.one, p.two}, func(id string) bool { return strings.Contains(ps, id[:12]) })
	})
	if err := p.c.RemovePod(ctx, p.pod); err != nil {
		t.Error(err)
	}
}
