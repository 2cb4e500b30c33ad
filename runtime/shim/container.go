package shim

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"

	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/keeper"
	"github.com/callgate/callgate/runtime/prepare"
)

// container is what the shim does for one container. Of one that is not
// supervised only its place is held.
type container struct {
	sockets string             // directory of agent sockets
	waiting context.Context    // ends when nobody waits for the container any more
	giveUp  context.CancelFunc // ends it

	mu      sync.Mutex
	closed  bool
	keeper  *keeper.Keeper // nil: not supervised, or not yet
	end     context.CancelFunc
	running sync.WaitGroup
}

// request is a container that is to be made.
type request struct {
	prepare.Request
	restored bool
}

// supervise makes the bundle ready and serves its listeners from now on.
func (c *container) supervise(ctx context.Context, r request) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.waiting, cancel)()
	r.Agent = socketPath(c.sockets, r.Bundle)
	p, err := prepare.Admit(ctx, r.Request)
	if err != nil {
		return advise(err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	for _, note := range p.Admission.Notes {
		log.Warn(note, "container", r.ID)
	}
	switch {
	case !p.Supervised():
		log.Info("the container is not supervised", "container", r.ID, "reason", p.Admission.Reason)
		return nil
	case r.restored:
		return prepare.ErrRestore
	}
	if err := os.MkdirAll(c.sockets, 0o700); err != nil {
		return fmt.Errorf("make directory of agent sockets: %w", err)
	}
	l, err := agent.Listen(r.Agent)
	if err != nil {
		return fmt.Errorf("listen for seccomp listeners: %w", err)
	}
	if err := c.keep(l, p, r.Socket, log); err != nil {
		return err
	}
	return p.Rewrite()
}

// keep serves the agent socket and keeps what comes there. It takes over the
// socket, also when it fails.
func (c *container) keep(l *net.UnixListener, p *prepare.Container, daemon string, log *slog.Logger) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = l.Close()
		return context.Canceled
	}
	k, err := keeper.New(keeper.Config{
		Container: p.Facts, Policy: p.Admission.Policy, WaitKillable: p.WaitKillable, Socket: daemon, Log: log,
	})
	if err != nil {
		_ = l.Close()
		return err
	}
	var ctx context.Context
	ctx, c.end = context.WithCancel(context.Background())
	c.keeper = k
	c.running.Go(func() { k.Run(ctx) })
	c.running.Go(func() {
		if err := agent.Serve(ctx, l, agent.Options{Allow: rootOnly, Log: log}, k.Add); err != nil {
			log.Error(err.Error())
		}
	})
	return nil
}

// started tells the container's first process.
func (c *container) started(pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keeper != nil {
		c.keeper.Started(pid)
	}
}

// close ends supervision: the container is deleted, or was never made.
func (c *container) close() {
	c.giveUp()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.keeper == nil {
		return
	}
	c.keeper.Close()
	c.end()
	c.running.Wait()
}
