package tracer

import (
	"testing"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
)

func TestMessageTellsThePod(t *testing.T) {
	for _, c := range []struct{ template, pod, want string }{
		{"A shell", "", "A shell"},
		{"A shell", "web-0", "A shell k8s_pod_name=web-0 k8s_ns_name=shop"},
		{"A shell in %k8s.pod.name", "web-0", "A shell in web-0"},
		{"A shell in %k8s.ns.name", "a\nb", `A shell in shop k8s_pod_name=a\nb k8s_ns_name=shop`},
	} {
		var ev event.Event
		ev.Reset()
		ev.K8s.Pod.Name, ev.K8s.NS.Name = c.pod, "shop"
		if got := message(&rules.Rule{Output: mustParse(c.template)}, &ev); got != c.want {
			t.Errorf("%q in pod %q: %q, want %q", c.template, c.pod, got, c.want)
		}
	}
}
