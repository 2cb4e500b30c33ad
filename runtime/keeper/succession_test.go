package keeper_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/runtime/control"
)

// The next daemon gets nothing before the last one has ended, and that one serves
// until then, with or without a connection.
func TestSuccessorWaits(t *testing.T) {
	b := keep(t, control.Deny, 10*time.Millisecond)
	b.Started(1) // told to each daemon that takes over
	first := startDaemon(t, b.socket, "drop")
	first.await("started")
	v := victim.Start(t, false, "load", "strict")
	b.add(v)
	first.await("serves")
	b.logs("the daemon is gone")
	second := startDaemon(t, b.socket, "")
	second.await("keep")
	b.logs("the next daemon waits for the last one to end")
	one := victim.Start(t, false, "one call")
	b.add(one)
	first.kill()
	second.await("serves")
	second.await("serves")
	if said, err := one.Wait(); err != nil || said != fmt.Sprint(int(verdict(call))) {
		t.Errorf("a victim said %q, %v", said, err)
	}
	v.CloseInput()
	if said, err := v.Wait(); err != nil || said != loadWell {
		t.Errorf("a victim said %q, %v", said, err)
	}
}

// A listener is dropped when its last task ends, with a daemon and without, and
// while a policy is applied to it.
func TestEnd(t *testing.T) {
	for name, row := range map[string]struct {
		daemon bool
		loss   control.Loss
	}{"served": {true, control.Hold}, "held": {false, control.Hold}, "answered": {false, control.Allow}} {
		t.Run(name, func(t *testing.T) {
			b := keep(t, row.loss, time.Millisecond)
			v := victim.Start(t, false, "load", "policy")
			b.add(v)
			if row.daemon {
				startDaemon(t, b.socket, "").await("serves")
			} else {
				b.logs("its policy is applied")
			}
			v.Kill()
			eventually(t, "the listener is still kept", func() bool { return descriptors(t, kept) == 0 })
		})
	}
}

// Whoever deletes the container tells the daemon.
func TestGone(t *testing.T) {
	b := keep(t, control.Hold, time.Hour)
	d := startDaemon(t, b.socket, "")
	d.await("keep")
	v := victim.Start(t, false, "one call")
	b.add(v)
	d.await("serves")
	if said, err := v.Wait(); err != nil || said != fmt.Sprint(int(verdict(call))) {
		t.Errorf("the victim said %q, %v", said, err)
	}
	b.Close()
	d.await("gone")
}
