package keeper_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/keeper"
)

// Without a daemon the policy answers, and the next daemon hears of it.
func TestPolicies(t *testing.T) {
	for policy, want := range map[control.Loss]string{
		control.Allow: "went through", control.Deny: fmt.Sprint(int(unix.EPERM)), control.Kill: "",
	} {
		t.Run(string(policy), func(t *testing.T) {
			b := keep(t, policy, 10*time.Millisecond)
			v := victim.Start(t, false, "one call")
			b.add(v)
			other := victim.Start(t, false, "load", "policy")
			b.add(other) // so that there is something to hand over
			said, err := v.Wait()
			var exit *exec.ExitError
			killed := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == unix.SIGKILL
			if said != want || killed != (policy == control.Kill) || !killed && err != nil {
				t.Errorf("the victim said %q, %v", said, err)
			}
			d := startDaemon(t, b.socket, "")
			if g := d.gap(); g.Policy != policy || g.Calls == 0 || g.To.Before(g.From) {
				t.Errorf("the gap is %+v", g)
			}
		})
	}
}

// With the policy hold a call waits for a daemon, which judges it.
func TestHold(t *testing.T) {
	b := keep(t, control.Hold, 10*time.Millisecond)
	v := victim.Start(t, false, "one call")
	b.add(v)
	b.logs("its policy is applied")
	d := startDaemon(t, b.socket, "")
	if g := d.gap(); g.Policy != control.Hold || g.Calls != 0 {
		t.Errorf("the gap is %+v", g)
	}
	if said, err := v.Wait(); err != nil || said != fmt.Sprint(int(verdict(call))) {
		t.Errorf("the victim said %q, %v", said, err)
	}
}

// A daemon that is back in time leaves no gap.
func TestBackInTime(t *testing.T) {
	b := keep(t, control.Deny, time.Hour)
	v := victim.Start(t, false, "load", "strict")
	b.add(v)
	for i := range 2 {
		d := startDaemon(t, b.socket, "")
		b.Started(4711)
		d.await("serves")
		d.await(`started {"pid":4711}`)
		if i == 0 {
			d.kill()
		}
		for _, line := range d.said {
			if len(line) > 3 && line[:3] == "gap" {
				t.Errorf("it says %s", line)
			}
		}
	}
	v.CloseInput()
	if said, err := v.Wait(); err != nil || said != loadWell {
		t.Errorf("the victim said %q, %v", said, err)
	}
}

// A daemon that takes the connection and never answers counts as none.
func TestSilentDaemon(t *testing.T) {
	b := keep(t, control.Deny, 10*time.Millisecond, impatient)
	silentDaemon(t, b.socket)
	b.logs("the daemon does not answer")
	v := victim.Start(t, false, "one call")
	b.add(v)
	if said, err := v.Wait(); err != nil || said != fmt.Sprint(int(unix.EPERM)) {
		t.Errorf("the victim said %q, %v", said, err)
	}
}

// impatient makes a keeper wait a short time for answers.
func impatient(c *keeper.Config) { c.AnswerTimeout = 50 * time.Millisecond }

// What is no answer to a keeper's request counts as none, too.
func TestOddDaemons(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, row := range map[string]struct {
		kind  control.Kind
		body  any
		files []*os.File
		want  string
	}{
		"no pidfd":      {control.KindKept, control.Kept{PID: 1}, nil, "kept with 0 files"},
		"another file":  {control.KindKept, control.Kept{PID: 1}, []*os.File{null}, "is none"},
		"two files":     {control.KindKept, control.Kept{PID: 1}, []*os.File{null, null}, "kept with 2 files"},
		"another kind":  {control.KindNoted, nil, []*os.File{null}, "noted with 1 files"},
		"another type":  {control.KindKept, "x", []*os.File{null}, "cannot unmarshal"},
		"a refusal":     {control.KindRefused, control.Refusal{Reason: "no room"}, nil, "no room"},
		"an odd reason": {control.KindRefused, 7, []*os.File{null}, "cannot unmarshal"},
	} {
		t.Run(name, func(t *testing.T) {
			b := keep(t, control.Deny, 10*time.Millisecond)
			l, err := control.Listen(b.socket)
			if err != nil {
				t.Fatal(err)
			}
			var talks sync.WaitGroup
			talks.Go(func() {
				for {
					c, err := l.AcceptUnix()
					if err != nil {
						return
					}
					m, err := control.NewMessage(row.kind, row.body, row.files...)
					if err != nil {
						t.Error(err)
					}
					conn := control.NewConn(c)
					if _, err := conn.Receive(t.Context()); err == nil {
						_ = conn.Send(t.Context(), m) // fails when the keeper is closed
					}
					conn.Close()
				}
			})
			b.logs(row.want)
			v := victim.Start(t, false, "one call")
			b.add(v)
			if said, err := v.Wait(); err != nil || said != fmt.Sprint(int(unix.EPERM)) {
				t.Errorf("the victim said %q, %v", said, err)
			}
			l.Close()
			talks.Wait()
		})
	}
}

// A listener that the daemon refuses is nobody's: the policy holds for it.
func TestRefusedListener(t *testing.T) {
	b := keep(t, control.Deny, 10*time.Millisecond)
	d := startDaemon(t, b.socket, "refuse")
	d.await("keep")
	v := victim.Start(t, false, "one call")
	b.add(v)
	if said, err := v.Wait(); err != nil || said != fmt.Sprint(int(unix.EPERM)) {
		t.Errorf("the victim said %q, %v", said, err)
	}
	b.logs("I take none")
}
