package e2e

import (
	"strings"
	"testing"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// Where cgroups are left to systemd, containers of our shim are scopes of
// systemd's, as those of the stock shim are, and are judged as everywhere.
func TestSystemdCgroup(t *testing.T) {
	for _, k := range [][2]string{{"containerd 1.6.20", "runc 1.1.5"}, {"containerd 2.4.2", "runc 1.5.2"}} {
		t.Run(k[0], func(t *testing.T) {
			rig.NeedRoot(t)
			s := &site{Node: rig.ForTest(t, rig.NodeConfig{
				Containerd: part(t, k[0]), Runtime: part(t, k[1]), Shim: program(t, "containerd-shim-callgate-v1"), Systemd: true,
			})}
			s.start(t, program(t, "callgate"), connectRules, "")
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
			id, err := c.Run(ctx, pod, rig.PodContainer{Name: "one"})
			if err != nil {
				t.Fatal(err)
			}
			scope := "cri-containerd-" + id + ".scope"
			show := func(property string) string {
				t.Helper()
				out, err := s.Run(ctx, "systemctl", "show", "--value", "--property", property, scope)
				if err != nil {
					t.Fatal(err)
				}
				return strings.TrimSpace(out)
			}
			if state, slice := show("ActiveState"), show("Slice"); state != "active" || slice != rig.PodSlice {
				t.Errorf("%s is %s, in %s", scope, state, slice)
			}
			if out, err := c.Exec(ctx, id, rig.ProbePath, "connect", "127.0.0.1:9"); err != nil || out != "connect: ECONNREFUSED\n" {
				t.Errorf("exec: %q, %v", out, err)
			}
			eventually(ctx, t, "the call is reported", func() bool { return len(s.alerts(t, in(id))) == 1 })
			if r, err := c.ContainerStats(ctx, &cri.ContainerStatsRequest{ContainerId: id}); err != nil || r.Stats.Memory.WorkingSetBytes.GetValue() == 0 {
				t.Errorf("stats %v, %v", r, err)
			}
			if err := c.RemovePod(ctx, pod); err != nil {
				t.Error(err)
			}
			eventually(ctx, t, "the scope is gone", func() bool { return show("ActiveState") == "inactive" })
		})
	}
}
