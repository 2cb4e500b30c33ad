package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/keeper"
)

// kills is how often the daemon dies.
const kills = 40

// The daemon is killed at random moments while programs make calls without
// pause: no call fails, none gets a wrong result, none hangs.
func TestKilledUnderLoad(t *testing.T) {
	b := keep(t, control.Hold, time.Hour)
	victims := []*victim.Victim{victim.Start(t, false, "load", "strict"), victim.Start(t, false, "load", "strict")}
	for _, v := range victims {
		b.add(v)
	}
	left := 0
	for i := range kills {
		d := startDaemon(t, b.socket, "")
		if i%4 > 0 { // else while it starts or takes over
			for range victims {
				d.await("serves")
			}
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		d.kill()
		for _, line := range d.said {
			var n int
			if _, err := fmt.Sscanf(line, "left %d", &n); err == nil {
				left += n
			}
		}
	}
	last := startDaemon(t, b.socket, "")
	for range victims {
		last.await("serves")
	}
	for _, v := range victims {
		v.CloseInput()
		if said, err := v.Wait(); err != nil || said != loadWell {
			t.Errorf("a victim said %q, %v", said, err)
		}
	}
	if left == 0 {
		t.Errorf("in %d kills no call was left for a successor", kills)
	}
	t.Logf("%d kills left %d calls", kills, left)
}

// The same where every signal makes a thread repeat its call, with a policy that
// is applied between two daemons.
func TestHandOverWhilePolicyAnswers(t *testing.T) {
	b := keep(t, control.Allow, time.Millisecond, func(c *keeper.Config) { c.WaitKillable = false })
	v := victim.Start(t, false, "load without WAIT_KILLABLE", "policy")
	b.add(v)
	var calls uint64
	for range 10 {
		d := startDaemon(t, b.socket, "")
		g := d.gap()
		if calls += g.Calls; g.Policy != control.Allow || g.From.IsZero() || g.To.Before(g.From) {
			t.Errorf("the gap is %+v", g)
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		d.kill()
	}
	startDaemon(t, b.socket, "").await("serves")
	v.CloseInput()
	if said, err := v.Wait(); err != nil || said != loadWell {
		t.Errorf("the victim said %q, %v", said, err)
	}
	if calls == 0 {
		t.Error("the policy answered no call")
	}
}
