// Package keeper is the shim's side of supervision. It keeps a copy of every
// listener of a container, and of the slots into which the daemon receives, so
// that no call fails or gets lost when the daemon dies: callers wait in the
// kernel, and the next daemon gets all that the last one had.
//
// When no daemon comes, the container's policy says what becomes of its calls.
package keeper

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
)

// Config of a keeper.
type Config struct {
	Container meta.Container
	// Policy is what the daemon admitted the container with.
	Policy control.Policy
	// WaitKillable: the filter was installed with that flag.
	WaitKillable bool
	// Socket is the path of the daemon's control socket.
	Socket string
	// Log is where the keeper tells what it does; nil means slog.Default.
	Log *slog.Logger
	// AnswerTimeout is how long a daemon may take to answer; one that takes
	// longer counts as none. 0 means DefaultAnswerTimeout.
	AnswerTimeout time.Duration
}

// DefaultAnswerTimeout is long enough for a daemon that starts on a busy node.
const DefaultAnswerTimeout = 10 * time.Second

// Keeper keeps the listeners of one container.
type Keeper struct {
	cfg     Config
	watcher *watcher
	adds    chan agent.Received
	starts  chan int
	closing chan struct{}
	closed  sync.Once
	done    chan struct{} // Run has returned
}

// New makes a keeper. Run must be called, and Close in the end.
func New(cfg Config) (*Keeper, error) {
	if err := cfg.Policy.Check(); err != nil {
		return nil, fmt.Errorf("keep container %s: %w", cfg.Container.ID, err)
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.Log = cfg.Log.With("container", cfg.Container.ID)
	if cfg.AnswerTimeout == 0 {
		cfg.AnswerTimeout = DefaultAnswerTimeout
	}
	w, err := newWatcher()
	if err != nil {
		return nil, fmt.Errorf("keep container %s: %w", cfg.Container.ID, err)
	}
	return &Keeper{
		cfg: cfg, watcher: w,
		adds: make(chan agent.Received), starts: make(chan int), closing: make(chan struct{}), done: make(chan struct{}),
	}, nil
}

// Add takes over a listener of the container, as the runtime sent it. It waits
// until Run has it.
func (k *Keeper) Add(r agent.Received) {
	select {
	case k.adds <- r:
	case <-k.done:
		_ = r.Listener.Close()
	}
}

// Started tells the container's first process.
func (k *Keeper) Started(pid int) {
	select {
	case k.starts <- pid:
	case <-k.done:
	}
}

// Close ends Run: the container was deleted. It returns when Run has.
func (k *Keeper) Close() {
	k.closed.Do(func() { close(k.closing) })
	<-k.done
}

// Run keeps the container's listeners until ctx ends or Close is called, and
// closes its copies then. It is called once.
func (k *Keeper) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	r := &state{Keeper: k, ctx: ctx, listeners: make(map[uint64]*listener), connected: make(chan connection, 1)}
	go k.watcher.run()
	defer close(k.done)
	defer r.end()
	defer cancel()
	r.begin()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(r.due()))
		select {
		case in := <-k.adds:
			r.add(in)
		case pid := <-k.starts:
			r.start(pid)
		case key := <-k.watcher.events:
			r.happened(key)
		case c := <-r.connected:
			r.arrived(c)
		case m, ok := <-r.incoming():
			r.received(m, ok)
		case <-timer.C:
			r.tick(time.Now())
		case <-k.closing:
			r.gone()
			return
		case <-ctx.Done():
			return
		}
	}
}
