package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// factsRules tell everything about the container of a connect to one port.
const factsRules = `
- rule: Facts
  desc: A judged call.
  condition: evt.type == "connect" and fd.sport == 9
  output: >
    id=%container.id full=%container.full_id name=%container.name type=%container.type image=%container.image
    repository=%container.image.repository tag=%container.image.tag privileged=%container.privileged
    host_network=%container.host_network host_ipc=%container.host_ipc host_pid=%container.host_pid start=%container.start_ts
    ns=%k8s.ns.name pod=%k8s.pod.name uid=%k8s.pod.uid sandbox=%k8s.pod.sandbox_id
    mounted=%container.mount.dest[*/shm] from=%container.mount.source[/dev/shm]
    vpid=%proc.vpid digest=%container.image.digest imageid=%container.image.id;
  priority: notice
`

// TestFactsOfPods: the first alert of a container knows all that Kubernetes knows
// of it; what containerd alone knows comes soon after.
func TestFactsOfPods(t *testing.T) {
	for _, k := range [][2]string{{"containerd 1.6.20", "runc 1.1.5"}, {"containerd 2.4.2", "runc 1.5.2"}} {
		t.Run(k[0], func(t *testing.T) {
			s := newSite(t, k[0], k[1], factsRules, "")
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
			id, err := c.Run(ctx, pod, rig.PodContainer{Name: "front", Command: []string{"/bin/sh", "-c", "probe connect 127.0.0.1:9; exec probe"}})
			if err != nil {
				t.Fatal(err)
			}
			var first string
			eventually(ctx, t, "the first alert", func() bool {
				first = lastFacts(t, s)
				return first != ""
			})
			for _, want := range []string{
				"id=" + id[:12] + " ", "full=" + id + " ", "name=front ", "type=containerd ", "image=" + rig.Image + " ", "tag=1 ", "privileged=false ",
				"host_network=false ", "host_pid=false ", "ns=web ", "pod=shop ", "uid=" + pod.UID() + " ", "sandbox=" + pod.ID()[:12] + " ",
				"mounted=/dev/shm ", "/shm vpid=",
			} {
				if !strings.Contains(first, want) {
					t.Errorf("no %q in %s", want, first)
				}
			}
			if facts, _, _ := strings.Cut(first, "digest="); strings.Contains(facts, "<NA>") {
				t.Errorf("something is not known: %s", first)
			}
			eventually(ctx, t, "image id and digest", func() bool {
				connectNowhere(ctx, t, c, id)
				return strings.Contains(lastFacts(t, s), "digest=sha256:") && !strings.Contains(lastFacts(t, s), "<NA>")
			})
		})
	}
}

func connectNowhere(ctx context.Context, t *testing.T, c *rig.CRI, id string) {
	t.Helper()
	if _, err := c.Exec(ctx, id, rig.ProbePath, "connect", "127.0.0.1:9"); err != nil {
		t.Fatal(err)
	}
}

// lastFacts is the output of the newest alert, empty without one.
func lastFacts(t *testing.T, s *site) string {
	t.Helper()
	all := s.alerts(t, func(a alert) bool { return a.Rule == "Facts" })
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].Output
}
