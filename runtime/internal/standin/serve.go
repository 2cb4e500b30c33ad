package standin

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// serve answers what comes on one connection.
func (d *Daemon) serve(c *control.Conn) {
	defer c.Close() //nolint:errcheck // what was to be said has been said
	var kept meta.Container
	for {
		m, err := c.Receive(d.ctx)
		if err != nil {
			return // closed
		}
		kind, body, files, err := d.reply(c, &m, &kept)
		if err != nil {
			kind, body = control.KindRefused, control.Refusal{Reason: err.Error()}
		}
		m.CloseFiles()
		if kind != "" {
			d.send(c, kind, body, files...)
		}
		for _, f := range files {
			_ = f.Close()
		}
	}
}

// send sends a message to one who may be gone.
func (d *Daemon) send(c *control.Conn, kind control.Kind, body any, files ...*os.File) {
	m, err := control.NewMessage(kind, body, files...)
	if err != nil {
		d.t.Errorf("stand-in: %v", err)
		return
	}
	_ = c.Send(d.ctx, m)
}

// reply is the answer to a message; no kind: none.
func (d *Daemon) reply(c *control.Conn, m *control.Message, kept *meta.Container) (kind control.Kind, body any, files []*os.File, err error) {
	switch m.Kind {
	case control.KindAdmit:
		var q control.Admit
		if err := m.Decode(&q); err != nil {
			return "", nil, nil, err
		}
		a, err := d.admit(&q)
		return control.KindAdmitted, a, nil, err
	case control.KindKeep:
		var k control.Keep
		if err := m.Decode(&k); err != nil {
			return "", nil, nil, err
		}
		*kept = k.Container
		fd, err := unix.PidfdOpen(os.Getpid(), 0)
		if err != nil {
			return "", nil, nil, err
		}
		return control.KindKept, control.Kept{PID: os.Getpid()}, []*os.File{os.NewFile(uintptr(fd), "pidfd")}, nil
	case control.KindListener:
		var l control.Listener
		if err := m.Decode(&l); err != nil {
			return "", nil, nil, err
		}
		if len(m.Files) != 2 {
			return "", nil, nil, fmt.Errorf("%d files are not a listener and its slots", len(m.Files))
		}
		d.listen(kept.ID, m.Files[0], func() { d.send(c, control.KindEnded, control.Ended{ID: l.ID}) })
		return control.KindServing, control.Serving{ID: l.ID}, nil, nil
	case control.KindGap:
		return control.KindNoted, nil, nil, nil
	}
	return "", nil, nil, nil // started, gone
}

// admit admits a container, whose execve and connect are to be seen.
func (d *Daemon) admit(q *control.Admit) (a control.Admission, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, q.Container)
	f := new(seccomp.Filter)
	for _, abi := range syscalls.Native() {
		for _, call := range []string{"execve", "connect"} {
			for _, e := range syscalls.Entries(abi, call) {
				f.Add(seccomp.Key{ABI: abi, NR: e.NR}, nil, seccomp.Notify)
			}
		}
	}
	a = control.Admission{Supervise: true, Policy: control.Policy{Mode: control.Monitor, OnSupervisorLoss: control.Hold}}
	if !q.Prepared {
		a.Profile, err = d.profiles.Merge(q.Profile, f, oci.Options{
			ListenerPath:     cmp.Or(q.Listener, control.DefaultAgentSocket),
			ListenerMetadata: meta.Metadata{ID: q.Container.ID, Namespace: q.Container.Namespace}.String(),
			WaitKillable:     q.Runtime.WaitKillable,
		})
	}
	if err != nil || d.answer == nil {
		return a, err
	}
	return a, d.answer(q.Container, &a)
}

// listen serves a listener until its last task is gone, and then calls ended.
func (d *Daemon) listen(container string, f *os.File, ended func()) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		d.t.Errorf("stand-in: duplicate listener: %v", err)
		return
	}
	l, err := seccomp.NewListener(fd, seccomp.Stoppable)
	if err != nil {
		_ = unix.Close(fd)
		d.t.Errorf("stand-in: %v", err)
		return
	}
	d.running.Go(func() {
		<-d.ctx.Done()
		_ = l.Close()
	})
	d.running.Go(func() {
		defer ended()
		var n seccomp.Notification
		for {
			switch err := l.Recv(&n); {
			case errors.Is(err, seccomp.ErrInterrupted):
				continue
			case err != nil:
				return
			}
			d.mu.Lock()
			d.calls[container]++
			d.mu.Unlock()
			_ = l.Continue(n.ID) // its caller may be gone
		}
	})
}
