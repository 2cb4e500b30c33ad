package keeper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/callgate/callgate/runtime/control"
)

// session is a connection that a daemon has accepted as the container's.
type session struct {
	conn     *control.Conn
	pid      int      // for the log
	pidfd    *os.File // of the daemon
	messages chan control.Message
	stop     chan struct{}
	err      error // why messages was closed
	// active: the daemon was given the listeners; before, the last one has to end.
	active bool
	told   bool // of what is owed
}

// connection is what an attempt to connect has led to.
type connection struct {
	session *session
	err     error
}

// connect asks the daemon to take the container.
func connect(ctx context.Context, cfg *Config, reconnect bool) (*session, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, cfg.AnswerTimeout, errSilent)
	defer cancel()
	conn, err := control.Dial(ctx, cfg.Socket)
	if err != nil {
		return nil, because(ctx, err)
	}
	s, err := keep(ctx, conn, cfg, reconnect)
	if err != nil {
		_ = conn.Close()
		return nil, because(ctx, err)
	}
	return s, nil
}

// errSilent: the daemon was reached and said nothing.
var errSilent = errors.New("the daemon does not answer")

func because(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) && context.Cause(ctx) != nil {
		return context.Cause(ctx)
	}
	return err
}

func keep(ctx context.Context, conn *control.Conn, cfg *Config, reconnect bool) (*session, error) {
	request, err := control.NewMessage(control.KindKeep, control.Keep{
		Version: control.Version, Container: cfg.Container, Policy: cfg.Policy, Reconnect: reconnect,
	})
	if err != nil {
		return nil, err
	}
	if err := conn.Send(ctx, request); err != nil {
		return nil, err
	}
	m, err := conn.Receive(ctx)
	if err != nil {
		return nil, err
	}
	s, err := accepted(&m)
	if err != nil {
		m.CloseFiles()
		return nil, err
	}
	s.conn = conn
	return s, nil
}

// accepted reads the daemon's answer.
func accepted(m *control.Message) (*session, error) {
	if m.Kind == control.KindRefused {
		var r control.Refusal
		if err := m.Decode(&r); err != nil {
			return nil, err
		}
		return nil, r
	}
	var kept control.Kept
	if m.Kind != control.KindKept || len(m.Files) != 1 {
		return nil, fmt.Errorf("keep container: the daemon's answer is %s with %d files", m.Kind, len(m.Files))
	}
	if err := m.Decode(&kept); err != nil {
		return nil, err
	}
	if _, err := pidOf(m.Files[0]); err != nil {
		return nil, err
	}
	return &session{pid: kept.PID, pidfd: m.Files[0], messages: make(chan control.Message), stop: make(chan struct{})}, nil
}

// listen passes on what the daemon says until the connection ends.
func (s *session) listen(ctx context.Context) {
	defer close(s.messages)
	for {
		m, err := s.conn.Receive(ctx)
		if err != nil {
			s.err = err
			return
		}
		select {
		case s.messages <- m:
		case <-s.stop:
			m.CloseFiles()
			return
		}
	}
}

// close ends the connection; the pidfd stays.
func (s *session) close() {
	close(s.stop)
	_ = s.conn.Close()
}

// send sends a message, and fails when the daemon takes nothing any more.
func (s *session) send(ctx context.Context, limit time.Duration, kind control.Kind, body any, files ...*os.File) error {
	m, err := control.NewMessage(kind, body, files...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSilent)
	defer cancel()
	return because(ctx, s.conn.Send(ctx, m))
}
