package daemon_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/control"
)

// events are the records that the daemon sends.
func (p *place) events(e control.Events) (records []string) {
	p.t.Helper()
	c := p.dial()
	defer c.Close()
	m, err := control.NewMessage(control.KindEvents, e)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if err := c.Send(ctx, m); err != nil {
		p.t.Fatal(err)
	}
	for {
		m, err := c.Receive(ctx)
		if err != nil || m.Kind == control.KindRefused {
			p.t.Fatalf("%v %s", err, m.Body)
		}
		if m.Kind == control.KindEnd {
			return records
		}
		records = append(records, string(m.Body))
	}
}

func TestEvents(t *testing.T) {
	p := newPlace(t)
	first := p.start()
	v := newVictims(t, 2)
	longID := strings.Repeat("0123456789abcdef", 4)
	one, two := p.keep(podContainer("one", nil)), p.keep(podContainer(longID, nil))
	one.add(v, 0)
	two.add(v, 1)
	before := time.Now()
	v.unshare(0, 0)
	v.unshare(0, 0x400)
	v.unshare(1, 0)
	between := time.Now()
	v.unshare(1, 0)
	for _, c := range []struct {
		name string
		ask  control.Events
		want int
	}{
		{"all", control.Events{}, 4},
		{"a rule", control.Events{Rule: "no unshare of files"}, 1},
		{"a container", control.Events{Container: "one"}, 2},
		{"by its long id", control.Events{Container: longID}, 2},
		{"by the beginning", control.Events{Container: "0123"}, 2},
		{"by name", control.Events{Container: "main"}, 4},
		{"another", control.Events{Container: "other"}, 0},
		{"since", control.Events{Since: before}, 4},
		{"later", control.Events{Since: between}, 1},
		{"both", control.Events{Container: "one", Rule: "Unshare"}, 1},
	} {
		if got := p.events(c.ask); len(got) != c.want {
			t.Errorf("%s: %d records, want %d: %q", c.name, len(got), c.want, got)
		}
	}
	// They outlive the daemon.
	first.signal(syscall.SIGKILL)
	p.start()
	if got := p.events(control.Events{}); len(got) != 4 {
		t.Errorf("after a restart: %q", got)
	}
}

func TestFollowEvents(t *testing.T) {
	p := newPlace(t)
	r := p.start()
	v := newVictims(t, 1)
	p.keep(podContainer("one", nil)).add(v, 0)
	c := p.dial()
	m, err := control.NewMessage(control.KindEvents, control.Events{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Send(ctx, m); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		v.unshare(0, 0)
		m, err := c.Receive(ctx)
		if err != nil || m.Kind != control.KindEvent || !strings.Contains(string(m.Body), `"rule":"Unshare"`) {
			t.Fatalf("%v %s %s", err, m.Kind, m.Body)
		}
	}
	if err := r.signal(syscall.SIGTERM); err != nil {
		t.Errorf("the daemon ended with %v while it was followed", err)
	}
	if _, err := c.Receive(ctx); err == nil {
		t.Error("following goes on without the daemon")
	}
}
