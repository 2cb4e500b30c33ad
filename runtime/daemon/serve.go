package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

// handover is a listener that was handed to the daemon.
type handover struct {
	listener     *os.File      // closed by serve
	slots        *notify.Slots // the same
	id           uint64        // by which its keeper knows it
	pid          int           // of the process that came with it; 0: not known
	waitKillable bool
	seesExecs    bool   // every execve is intercepted
	ended        func() // called when the last task under it is gone; may be nil
}

func (h *handover) close() {
	_ = h.listener.Close()
	_ = h.slots.Close()
}

// pidOf is the process in an OCI runtime's state; 0: the runtime does not tell.
func pidOf(state json.RawMessage) (int, error) {
	var s specs.ContainerProcessState
	if err := json.Unmarshal(state, &s); err != nil {
		return 0, fmt.Errorf("read container process state: %w", err)
	}
	return max(s.Pid, 0), nil
}

// listener is one that is being served.
type listener struct {
	id     uint64
	source *notify.Source
	stats  *stats.Stats
	over   chan struct{} // closed when nothing is received any more
}

// serve judges the calls of a listener from now on.
func (d *Daemon) serve(c *container, h handover) error {
	fd, err := unix.FcntlInt(h.listener.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		h.close()
		return fmt.Errorf("take over listener: %w", err)
	}
	sl, err := seccomp.NewListener(fd)
	if err != nil {
		_ = unix.Close(fd)
		h.close()
		return fmt.Errorf("take over listener: %w", err)
	}
	_ = h.listener.Close()
	if d.syncWake {
		// Only speed depends on it; a kernel that refuses it serves as well.
		_ = sl.SetSyncWakeUp(true)
	}
	entry := c.sandbox.Enter(tracer.Entering{
		PID: h.pid, ExecSeen: h.seesExecs, Entered: h.slots.Entered(), OnEnter: h.slots.SetEntered,
	})
	l := &listener{id: h.id, stats: stats.New(), over: make(chan struct{})}
	l.source = notify.New(sl, notify.Options{
		NewHandler: func() source.Handler { return d.sup.NewHandler(entry) },
		Stats:      l.stats, Restarts: !h.waitKillable, Slots: h.slots, Waiting: notify.Parked,
	})
	d.registry.add(c, l)
	go func() {
		err := l.source.Serve()
		d.finish(c, l, sl, &h, err)
	}()
	d.showStatus()
	return nil
}

// finish deals with the end of a listener.
func (d *Daemon) finish(c *container, l *listener, sl *seccomp.Listener, h *handover, err error) {
	defer close(l.over)
	stopped := errors.Is(err, notify.ErrStopped)
	if err != nil && !stopped {
		d.log.Error("a listener failed", "container", c.key.id, "error", err)
		known := c.known()
		d.alerts.tell(ruleListener, rules.Critical, &known, "a container's calls can't be judged any more | cause="+err.Error())
	}
	c.mu.Lock()
	delete(c.listeners, l)
	l.stats.Total(&c.past)
	c.mu.Unlock()
	err = sl.Close() // when a receiver that could not be woken has returned
	if !stopped {
		err = errors.Join(err, h.slots.Close()) // else that one may still receive into them
	}
	if err != nil {
		d.log.Error("close listener", "container", c.key.id, "error", err)
	}
	if stopped {
		return // whoever keeps it hands it to the next daemon
	}
	if h.ended != nil {
		h.ended()
	}
	d.registry.settle(c)
	d.showStatus()
}

// stop ends the serving of a listener, whose calls wait from then on. It returns
// when no decision is under way any more, or when ctx ends.
func (l *listener) stop(ctx context.Context) error {
	err := l.source.Stop(ctx)
	<-l.over
	return err
}

// served are the listeners of a container that are being served.
func (c *container) served() []*listener {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]*listener, 0, len(c.listeners))
	for l := range c.listeners {
		list = append(list, l)
	}
	return list
}
