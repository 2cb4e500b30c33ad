package daemon_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/recording"
)

// What a daemon records gives its alerts again, with container and pod.
func TestRecording(t *testing.T) {
	p := newPlace(t)
	d := p.start(recordEnv + "=" + p.path("recording"))
	v := newVictims(t, 2)
	k := p.keep(podContainer("recorded", nil))
	k.add(v, 0)
	k.add(v, 1)
	for i := range 6 {
		v.unshare(i%2, 0)
	}
	if err := d.signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	set, err := rules.Load(rules.Options{Paths: []string{p.path("rules.yaml")}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(p.path("recording"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := recording.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	var again []string
	replay := tracer.NewReplay(set, rules.Monitor, host, func(a *alert.Alert) {
		again = append(again, strings.TrimSuffix(string(alert.Format{JSON: true}.Append(nil, a)), "\n"))
	})
	for range 6 {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		replay.Judge(e)
	}
	live := p.alerts()
	if len(live) != 6 || strings.Join(live, "\n") != strings.Join(again, "\n") || !strings.Contains(live[0], "pod-of-recorded") {
		t.Errorf("live\n%s\nagain\n%s", strings.Join(live, "\n"), strings.Join(again, "\n"))
	}
}
