package shim_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// One shim serves a pod's containers, and leaves the pause container alone.
func TestPod(t *testing.T) {
	eachContainerd(t, func(ctx context.Context, t *testing.T, n *rig.Node) {
		s := startDaemon(t, n)
		c, err := n.CRI(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		p := &rig.Pod{Namespace: "shop", Name: "web-0", Handler: rig.Handler, HostNetwork: true}
		if err := c.RunPod(ctx, p); err != nil {
			t.Fatal(err)
		}
		if sockets := agentSockets(t, n); len(sockets) != 0 || len(s.Asked()) != 0 {
			t.Errorf("the pause container is not left alone: %v, %v", sockets, s.Asked())
		}
		ids := make(map[string]string)
		for _, name := range []string{"app", "sidecar"} {
			if ids[name], err = c.Run(ctx, p, rig.PodContainer{Name: name}); err != nil {
				t.Fatal(err)
			}
			waitFor(ctx, t, "the first exec of "+name, func() bool { return s.Calls(ids[name]) > 0 })
			if out, err := c.Exec(ctx, ids[name], rig.ProbePath, "keyctl"); err != nil || out != "keyctl: EPERM\n" { // as RuntimeDefault says
				t.Errorf("exec in %s: %q, %v", name, out, err)
			}
		}
		for _, k := range s.Asked() {
			got := []string{k.ID, k.Namespace, k.Image.Name, k.Pod.Name, k.Pod.Namespace, k.Pod.UID, k.Pod.SandboxID}
			want := []string{ids[k.Name], "k8s.io", rig.Image, "web-0", "shop", p.UID(), p.ID()}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", k.Name, diff)
			}
		}
		if shims, err := n.Shims(p.ID()); err != nil || len(shims) != 1 || len(agentSockets(t, n)) != 2 {
			t.Errorf("shims %v, %v, agent sockets %v; want one and two", shims, err, agentSockets(t, n))
		}
		if err := c.RemovePod(ctx, p); err != nil {
			t.Fatal(err)
		}
		waitFor(ctx, t, "the shim's end", func() bool {
			shims, err := n.Shims(p.ID())
			return err == nil && len(shims) == 0
		})
		if sockets := agentSockets(t, n); len(sockets) != 0 {
			t.Errorf("agent sockets are left: %v", sockets)
		}
	})
}
