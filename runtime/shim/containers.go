package shim

import (
	"context"
	"fmt"
	"sync"

	"github.com/containerd/errdefs"
)

// containers are those of the shim, by id.
type containers struct {
	sockets string // directory of agent sockets

	mu     sync.Mutex
	all    map[string]*container
	closed bool
}

// add makes room for a container.
func (cs *containers) add(id string) (*container, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	switch {
	case cs.closed:
		return nil, fmt.Errorf("create container %s: the shim shuts down: %w", id, errdefs.ErrUnavailable)
	case cs.all[id] != nil:
		return nil, fmt.Errorf("create container %s: %w", id, errdefs.ErrAlreadyExists)
	case cs.all == nil:
		cs.all = make(map[string]*container)
	}
	c := &container{sockets: cs.sockets}
	c.waiting, c.giveUp = context.WithCancel(context.Background())
	cs.all[id] = c
	return c, nil
}

// remove ends what was done for a container.
func (cs *containers) remove(id string) {
	cs.mu.Lock()
	c := cs.all[id]
	delete(cs.all, id)
	cs.mu.Unlock()
	if c != nil {
		c.close()
	}
}

// closeAll ends what was done for all of them, and lets none in any more.
func (cs *containers) closeAll() {
	cs.mu.Lock()
	all := cs.all
	cs.all, cs.closed = nil, true
	cs.mu.Unlock()
	for _, c := range all {
		c.close()
	}
}

// giveUp ends waiting for the daemon.
func (cs *containers) giveUp(id string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.all[id]; c != nil {
		c.giveUp()
	}
}
