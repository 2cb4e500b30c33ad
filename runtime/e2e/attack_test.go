package e2e

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// attack is what the tutorial's attacker types into a shell of a database's pod:
// look around with kubectl, which calls the API server, and try to leave.
const attack = "kubectl connect 10.96.0.1:443; amicontained setns; exit\n"

// detections are the alerts that the attack must raise, in this order.
var detections = []struct{ rule, priority, text string }{
	{"Terminal shell in container", "Notice", "process=sh "},
	{"Kubernetes Client Tool Launched in Container", "Warning", "process=kubectl "},
	{"Contact K8S API Server From Container", "Notice", "->10.96.0.1:443 "},
	{"Change thread namespace", "Notice", "process=amicontained "},
}

// TestAttackInPods is the attack under the embedded rules, in a pod, reported in
// both formats: each alert tells pod and container.
func TestAttackInPods(t *testing.T) {
	s := newSite(t, "containerd 1.6.20", "runc 1.1.5", "", "format: json")
	ctx := bounded(t, 3*patience)
	c, err := s.CRI(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	id := attackPod(ctx, t, s, c, "mysql-db-json")
	var got []alert
	eventually(ctx, t, "four alerts", func() bool {
		got = s.alerts(t, func(a alert) bool { return a.Fields["container.id"] == id[:12] })
		return len(got) >= len(detections)
	})
	if len(got) != len(detections) {
		t.Errorf("alerts %q, want four", ruleNames(got))
	}
	for i, d := range detections {
		a := got[i]
		if a.Rule != d.rule || a.Priority != d.priority || !strings.Contains(a.Output, d.text) {
			t.Errorf("alert %d is %s %q %q; want %v", i, a.Priority, a.Rule, a.Output, d)
		}
		if a.Hostname == "" || a.Source != "syscall" || len(a.Tags) == 0 || a.Time.IsZero() {
			t.Errorf("%s: a record without hostname, source, tags or time: %+v", a.Rule, a)
		}
		for field, want := range map[string]string{"k8s.ns.name": "default", "k8s.pod.name": "mysql-db-json", "container.name": "mysql", "container.id": id[:12]} {
			if a.Fields[field] != want {
				t.Errorf("%s: %s is %v, want %q", a.Rule, field, a.Fields[field], want)
			}
		}
	}

	if err := s.daemon.Stop(); err != nil {
		t.Fatal(err)
	}
	s.start(t, program(t, "callgate"), "", "format: text")
	id = attackPod(ctx, t, s, c, "mysql-db-text")
	var texts []string
	eventually(ctx, t, "four lines of text", func() bool {
		texts = s.lines(t, id[:12])
		return len(texts) >= len(detections)
	})
	if len(texts) != len(detections) {
		t.Errorf("lines %q, want four", texts)
	}
	for i, d := range detections {
		form := regexp.MustCompile(fmt.Sprintf(`^\d\d:\d\d:\d\d\.\d{9}: %s .*%s.*container_name=mysql\b`, d.priority, regexp.QuoteMeta(d.text)))
		if !form.MatchString(texts[i]) || !strings.Contains(texts[i], "mysql-db-text") || strings.Contains(texts[i], "container_name=<NA>") {
			t.Errorf("line %d is %q; want %s and the pod's name", i, texts[i], form)
		}
	}
	if log := s.Logs(); strings.Contains(log, "panic") {
		t.Error(log)
	}
}

// attackPod runs the attack in a pod of its own and returns the container's id.
func attackPod(ctx context.Context, t *testing.T, s *site, c *rig.CRI, name string) (id string) {
	t.Helper()
	p := &rig.Pod{Namespace: "default", Name: name, Handler: rig.Handler}
	if err := c.RunPod(ctx, p); err != nil {
		t.Fatal(err)
	}
	// The first pod has made the bridge; a second one finds the address there.
	if _, err := s.World.Run(ctx, "ip", "address", "replace", "10.96.0.1/32", "dev", rig.Bridge); err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen("tcp", "10.96.0.1:443")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	id, err = c.Run(ctx, p, rig.PodContainer{Name: "mysql", Seccomp: cri.SecurityProfile_Unconfined})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.ExecTerminal(ctx, id, attack, "/bin/sh", "-il")
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"connect: ok", "setns: "} {
		if !strings.Contains(shown, said) {
			t.Errorf("the attacker's terminal lacks %q: %q", said, shown)
		}
	}
	return id
}
