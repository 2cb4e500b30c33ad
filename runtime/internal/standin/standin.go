// Package standin is a daemon for tests of those who ask one: it admits every
// container, and lets each call that it is given go on.
package standin

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/profiles"
	"github.com/callgate/callgate/runtime/meta"
)

// Daemon is a running stand-in.
type Daemon struct {
	t        testing.TB
	ctx      context.Context
	running  sync.WaitGroup
	profiles profiles.Cache

	mu     sync.Mutex
	answer func(meta.Container, *control.Admission) error
	asked  []meta.Container
	calls  map[string]int // by container's id
}

// Start starts one that listens on a control socket, until the test ends.
func Start(t testing.TB, socket string) *Daemon {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := control.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &Daemon{t: t, ctx: ctx, calls: make(map[string]int)}
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		d.running.Wait()
	})
	d.running.Go(func() {
		for {
			c, err := l.AcceptUnix()
			if err != nil {
				return // closed
			}
			d.running.Go(func() { d.serve(control.NewConn(c)) })
		}
	})
	return d
}

// ListenAgent takes listeners of containers without a keeper, too.
func (d *Daemon) ListenAgent(socket string) {
	d.t.Helper()
	l, err := agent.Listen(socket)
	if err != nil {
		d.t.Fatal(err)
	}
	d.running.Go(func() {
		if err := agent.Serve(d.ctx, l, agent.Options{}, d.received); err != nil {
			d.t.Errorf("stand-in: %v", err)
		}
	})
}

func (d *Daemon) received(r agent.Received) {
	defer r.Listener.Close()
	m, err := meta.ParseMetadata(r.State.Metadata)
	if err != nil {
		d.t.Errorf("stand-in: %v", err)
		return
	}
	d.listen(m.ID, r.Listener, func() {})
}

// SetAnswer has a function change the admission of each container, or refuse it.
func (d *Daemon) SetAnswer(answer func(meta.Container, *control.Admission) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

// Asked are the containers that it was asked about so far.
func (d *Daemon) Asked() []meta.Container {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// Calls is how many calls of a container came so far.
func (d *Daemon) Calls(id string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[id]
}
