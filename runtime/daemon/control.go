package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
)

// allowed refuses every user but root and the daemon's own: who may ask for a
// filter or hand over listeners decides what is supervised.
func allowed(peer unix.Ucred) error {
	if peer.Uid == 0 || int(peer.Uid) == os.Geteuid() {
		return nil
	}
	return fmt.Errorf("process %d of user %d may not use this socket", peer.Pid, peer.Uid)
}

// serveControl serves the control socket until ctx ends.
func (d *Daemon) serveControl(ctx context.Context, l *net.UnixListener) error {
	for {
		c, err := l.AcceptUnix()
		switch {
		case err == nil:
			go d.serveConn(ctx, control.NewConn(c))
		case passing(err):
			d.log.Error("control socket", "error", err)
			pause(ctx)
		default:
			return fmt.Errorf("accept on the control socket: %w", err)
		}
	}
}

// passing reports an error of accept(2) that goes away.
func passing(err error) bool {
	return slices.ContainsFunc([]error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ECONNABORTED}, func(e error) bool { return errors.Is(err, e) })
}

// serveConn answers the requests of one connection.
func (d *Daemon) serveConn(ctx context.Context, conn *control.Conn) {
	defer conn.Close() //nolint:errcheck // its errors have been told
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	peer, err := conn.Peer()
	if err == nil {
		err = allowed(peer)
	}
	for err == nil {
		var m control.Message
		if m, err = conn.Receive(ctx); err == nil {
			err = d.request(ctx, conn, &m)
			m.CloseFiles()
		}
	}
	if !errors.Is(err, io.EOF) && ctx.Err() == nil {
		d.log.Warn("control connection", "pid", peer.Pid, "error", err)
	}
}

// request answers one request.
func (d *Daemon) request(ctx context.Context, conn *control.Conn, m *control.Message) error {
	switch m.Kind {
	case control.KindAdmit:
		var a control.Admit
		if err := m.Decode(&a); err != nil {
			return err
		}
		return d.admit(ctx, conn, a)
	case control.KindKeep:
		var k control.Keep
		if err := m.Decode(&k); err != nil {
			return err
		}
		return errors.Join(d.keep(ctx, conn, k), io.EOF) // the connection was the keeper's
	case control.KindPs:
		return answer(ctx, conn, control.KindContainers, d.containers())
	case control.KindEvents:
		var e control.Events
		if err := m.Decode(&e); err != nil {
			return err
		}
		return errors.Join(d.events(ctx, conn, e), io.EOF)
	case control.KindReload:
		if err := d.Reload(); err != nil {
			return refuse(ctx, conn, err)
		}
		return answer(ctx, conn, control.KindDone, nil)
	case control.KindVersion:
		return answer(ctx, conn, control.KindVersions, control.Versions{Version: d.version, Protocol: control.Version})
	}
	return errors.Join(refuse(ctx, conn, fmt.Errorf("this daemon knows no request %q", m.Kind)), io.EOF)
}

// answer sends an answer.
func answer(ctx context.Context, conn *control.Conn, kind control.Kind, body any, files ...*os.File) error {
	m, err := control.NewMessage(kind, body, files...)
	if err != nil {
		return err
	}
	return conn.Send(ctx, m)
}

// refuse answers that a request is not met, and why.
func refuse(ctx context.Context, conn *control.Conn, why error) error {
	return answer(ctx, conn, control.KindRefused, control.Refusal{Reason: why.Error()})
}

func refuseVersion(ctx context.Context, conn *control.Conn, theirs int) error {
	return refuse(ctx, conn, fmt.Errorf("this daemon speaks version %d of callgate's protocol and was asked in version %d: install daemon and shim of the same release", control.Version, theirs))
}

func (d *Daemon) containers() control.Containers {
	list := control.Containers{Containers: []control.ContainerStatus{}}
	for _, c := range d.registry.all() {
		list.Containers = append(list.Containers, c.status())
	}
	return list
}

// pause keeps a loop from spinning while the machine is short of something.
func pause(ctx context.Context) {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-ctx.Done():
	}
}
