package foreground

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert/sink"
	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
)

const (
	// measureTime is what finding out about sync wake-up may cost at start.
	measureTime = 20 * time.Millisecond
	// drainTime is how long alerts may wait for their sinks at the end.
	drainTime = 10 * time.Second
)

// run starts the container and serves its listeners until it has ended.
func (c *container) run(ctx context.Context) (int, error) {
	if err := hide(); err != nil {
		return 0, err
	}
	l, err := agent.Listen(c.socket())
	if err != nil {
		return 0, fmt.Errorf("listen for the runtime: %w", err)
	}
	g, err := startGuardian(c.options.Runtime, c.id, c.dir, c.options.Hangup)
	if err != nil {
		return 0, errors.Join(err, l.Close())
	}
	sup, err := tracer.New(tracer.Config{Alerts: c.options.Alerts, Stats: c.options.Stats, Own: []int{os.Getpid(), g.pid()}, Record: c.options.Record})
	if err != nil {
		g.release()
		_, werr := g.wait()
		return 0, errors.Join(err, werr, l.Close())
	}
	s := &server{container: c, supervisor: sup, guardian: g}
	// Only speed depends on it: without the feature, or a figure, it stays off.
	choice, _ := seccomp.ChooseSyncWakeUp(measureTime)
	s.syncWakeUp = choice.Use
	ctx, end := context.WithCancel(ctx)
	agentEnded := make(chan error, 1)
	log := slog.New(slog.NewTextHandler(sink.Stderr(), nil))
	go func() { agentEnded <- agent.Serve(ctx, l, agent.Options{Log: log}, s.take) }()
	status, err := g.run()
	end()
	return status, errors.Join(err, <-agentEnded, s.drain())
}

// server serves the listeners of one container: that of its first process, and one
// for each that the runtime executes in it later.
type server struct {
	*container
	supervisor *tracer.Supervisor
	guardian   *guardian
	syncWakeUp bool

	serving sync.WaitGroup
	mu      sync.Mutex
	failed  error
}

// take serves a listener. When it can't be served the container ends: nobody would
// judge its calls.
func (s *server) take(r agent.Received) {
	l, err := own(r.Listener)
	if err != nil {
		s.fail(err)
		return
	}
	if s.syncWakeUp {
		// A kernel that refuses it serves as well.
		_ = l.SetSyncWakeUp(true)
	}
	entry := s.sandbox.Enter(tracer.Entering{PID: max(r.State.Pid, 0), ExecSeen: s.profile.SeesExecs})
	s.serving.Go(func() {
		err := notify.Serve(l, notify.Options{
			NewHandler: func() source.Handler { return s.supervisor.NewHandler(entry) },
			Stats:      s.options.Stats, Restarts: !s.profile.WaitKillable,
		})
		if err := errors.Join(err, l.Close()); err != nil {
			s.fail(err)
		}
	})
}

// own makes a listener of a file that came over a socket.
func own(f *os.File) (*seccomp.Listener, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("take listener: %w", err)
	}
	l, err := seccomp.NewListener(fd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("take listener: %w", err), unix.Close(fd))
	}
	return l, nil
}

func (s *server) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = errors.Join(s.failed, err)
	s.guardian.release()
}

// drain waits until the last calls are judged and their alerts are out.
func (s *server) drain() error {
	served := make(chan struct{})
	go func() {
		s.serving.Wait()
		close(served)
	}()
	var late error
	select {
	case <-served:
		s.supervisor.Close()
	case <-time.After(drainTime):
		late = errors.New("alerts wait for a sink that does not take them")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.failed, late)
}
