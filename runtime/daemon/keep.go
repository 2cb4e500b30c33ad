package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/rulebook"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/tracer/notify"
)

// keep serves the connection of a keeper until it ends.
func (d *Daemon) keep(ctx context.Context, conn *control.Conn, k control.Keep) error {
	if k.Version != control.Version {
		return refuseVersion(ctx, conn, k.Version)
	}
	c, err := d.join(conn, k)
	if err != nil {
		return refuse(ctx, conn, err)
	}
	defer d.leave(c, conn)
	if err := d.confirm(ctx, conn); err != nil {
		return err
	}
	d.enrich(c)
	for {
		m, err := conn.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		err = d.kept(ctx, c, conn, &m)
		m.CloseFiles()
		if err != nil {
			return err
		}
	}
}

// join makes the connection the container's. A keeper that has lost its
// connection comes again, with a container that is served meanwhile.
func (d *Daemon) join(conn *control.Conn, k control.Keep) (*container, error) {
	if k.Container.ID == "" {
		return nil, errors.New("a keeper named no container")
	}
	peer, err := conn.Peer()
	if err != nil {
		return nil, err
	}
	pid := int(peer.Pid)
	d.joining.Lock()
	defer d.joining.Unlock()
	c := d.registry.get(keyOf(&k.Container))
	known := false
	if c != nil {
		if known, err = c.leaveTo(pid); err != nil {
			return nil, err
		}
	}
	d.registry.take(keyOf(&k.Container))
	if !known || !k.Reconnect {
		c = d.newContainer(k.Container, k.Policy)
		d.registry.put(c)
	}
	c.mu.Lock()
	c.keeper, c.keeperPID = conn, pid
	c.mu.Unlock()
	return c, nil
}

// leaveTo lets a keeper take the place of a container's keeper: the same process
// (then it is known) with a new connection, or one whose predecessor is gone.
func (c *container) leaveTo(pid int) (known bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keeper == nil {
		return pid == c.keeperPID, nil
	}
	if pid != c.keeperPID && unix.Kill(c.keeperPID, 0) == nil {
		return false, fmt.Errorf("container %s is supervised already: process %d keeps its listeners", c.key.id, c.keeperPID)
	}
	_ = c.keeper.Close() // whoever receives on it may have been first
	c.keeper = nil
	return pid == c.keeperPID, nil
}

// leave ends the connection. Listeners are served on until their last task ends.
func (d *Daemon) leave(c *container, conn *control.Conn) {
	c.mu.Lock()
	if c.keeper == conn {
		c.keeper = nil
	}
	c.mu.Unlock()
	d.registry.settle(c)
	d.showStatus()
}

// confirm tells a keeper that it may hand over, and by which process's end it
// knows that the next daemon may touch the slots.
func (d *Daemon) confirm(ctx context.Context, conn *control.Conn) error {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return fmt.Errorf("open pidfd: %w", err)
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	defer f.Close() //nolint:errcheck // it was sent or not
	return answer(ctx, conn, control.KindKept, control.Kept{PID: os.Getpid()}, f)
}

// kept deals with a message of a keeper.
func (d *Daemon) kept(ctx context.Context, c *container, conn *control.Conn, m *control.Message) error {
	switch m.Kind {
	case control.KindListener:
		return d.takeListener(ctx, c, conn, m)
	case control.KindGap:
		var g control.Gap
		if err := m.Decode(&g); err != nil {
			return err
		}
		d.tellGap(c, g)
		return answer(ctx, conn, control.KindNoted, nil)
	case control.KindStarted:
		var s control.Started
		if err := m.Decode(&s); err != nil {
			return err
		}
		c.learn(func(f *meta.Container) {
			if f.PID = s.PID; f.IP == "" && f.HostNetwork == meta.No {
				f.IP = meta.AddressOf(s.PID)
			}
		})
		return nil
	case control.KindGone:
		// Another container may have its id from now on; what is left of this
		// one is served until it ends.
		d.registry.remove(c)
		return nil
	}
	return fmt.Errorf("a keeper sent %q", m.Kind)
}

// takeListener serves a listener that a keeper hands over.
func (d *Daemon) takeListener(ctx context.Context, c *container, conn *control.Conn, m *control.Message) error {
	var in control.Listener
	if err := m.Decode(&in); err != nil {
		return err
	}
	if len(m.Files) != 2 {
		return fmt.Errorf("a listener came with %d files", len(m.Files))
	}
	if c.has(in.ID) {
		// The connection was lost, the listener was not; its copies are closed.
		return answer(ctx, conn, control.KindServing, control.Serving{ID: in.ID})
	}
	err := d.serveKept(c, &in, m.Files[0], m.Files[1])
	m.Files = nil
	if err != nil {
		d.log.Error("listener", "container", c.key.id, "error", err)
		return refuse(ctx, conn, err)
	}
	return answer(ctx, conn, control.KindServing, control.Serving{ID: in.ID})
}

// serveKept serves a listener whose files, which become the daemon's, its keeper
// has as well.
func (d *Daemon) serveKept(c *container, in *control.Listener, fd, table *os.File) error {
	pid, err := pidOf(in.State)
	if err != nil {
		return errors.Join(err, fd.Close(), table.Close())
	}
	slots, err := notify.OpenSlots(table)
	if err != nil {
		return errors.Join(err, fd.Close(), table.Close())
	}
	return d.serve(c, handover{
		listener: fd, slots: slots, id: in.ID, pid: pid, waitKillable: in.WaitKillable,
		seesExecs: c.filter != nil && rulebook.SeesExecs(c.filter),
		ended:     func() { c.tellEnded(in.ID) },
	})
}

// tellEnded tells the keeper that a listener has ended. One that has lost its
// connection finds that out by itself.
func (c *container) tellEnded(id uint64) {
	c.mu.Lock()
	keeper := c.keeper
	c.mu.Unlock()
	if keeper != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		_ = answer(ctx, keeper, control.KindEnded, control.Ended{ID: id})
	}
}

// has reports whether a listener of the keeper's is being served.
func (c *container) has(id uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l := range c.listeners {
		if l.id == id {
			return true
		}
	}
	return false
}

// tellGap reports calls that were answered without being judged.
func (d *Daemon) tellGap(c *container, g control.Gap) {
	priority := rules.Warning
	if g.Policy == control.Allow && g.Calls > 0 {
		priority = rules.Critical
	}
	known := c.known()
	from, to := g.From.UTC().Format(timeFormat), g.To.UTC().Format(timeFormat)
	d.alerts.tell(ruleGap, priority, &known,
		"no daemon judged the container's calls for longer than its supervisor_timeout | policy="+string(g.Policy)+" calls="+strconv.FormatUint(g.Calls, 10)+" from="+from+" to="+to,
		alert.Field{Name: "callgate.gap_from", Value: alert.String(from)}, alert.Field{Name: "callgate.gap_to", Value: alert.String(to)},
		alert.Field{Name: "callgate.policy", Value: alert.String(string(g.Policy))}, alert.Field{Name: "callgate.calls", Value: alert.Int(int(g.Calls))})
}

const timeFormat = "2006-01-02T15:04:05.000Z"
