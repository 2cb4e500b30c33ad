// Package agent speaks the protocol of OCI seccomp agents (runtime-spec,
// config-linux.md, "The Container Process State"): for every process that a
// runtime puts under a filter with a listenerPath it connects, sends one JSON
// message with the listener's descriptor, and expects no answer.
package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/internal/fdsock"
)

// Options of Serve.
type Options struct {
	// MaxState bounds the message, in bytes; 0 means DefaultMaxState.
	MaxState int
	// Allow decides whether a process may hand over listeners; nil allows root
	// and this process's own user.
	Allow func(unix.Ucred) error
	// Log receives what was refused, and why; nil means slog.Default.
	Log *slog.Logger
}

// DefaultMaxState is enough for a state with large annotations.
const DefaultMaxState = 1 << 20

const (
	// patience is how long a connection may take: a runtime sends at once.
	patience = time.Minute
	// maxConns bounds the connections that are read at the same time.
	maxConns = 256
)

// Received is one process under a filter.
type Received struct {
	State specs.ContainerProcessState
	// Raw is the state as it came.
	Raw json.RawMessage
	// Listener is the receiver's, who closes it.
	Listener *os.File
	// Peer is the runtime that sent it.
	Peer unix.Ucred
}

// Listen makes an agent's socket, of mode 0600.
func Listen(path string) (*net.UnixListener, error) { return fdsock.Listen(path) }

// Serve takes connections until ctx ends, closes the listener, and returns nil
// when the last handle has; it returns an error when the listener fails.
//
// A connection that does not keep to the protocol is logged and closed with
// every descriptor that came, so that the intercepted calls of its process fail:
// nobody would judge them. Handle may be called by several goroutines at once.
func Serve(ctx context.Context, l *net.UnixListener, opts Options, handle func(Received)) error {
	if opts.MaxState == 0 {
		opts.MaxState = DefaultMaxState
	}
	if opts.Allow == nil {
		opts.Allow = allowOwner
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	slots := make(chan struct{}, maxConns)
	for {
		c, err := l.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = c.Close()
			}
			return nil
		case scarce(err):
			// The connection stays in the kernel's queue meanwhile.
			opts.Log.Error("accept a runtime's connection", "error", err)
			time.Sleep(100 * time.Millisecond)
			continue
		case err != nil:
			return fmt.Errorf("serve seccomp agent: %w", err)
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			serve(ctx, c, &opts, handle)
		})
	}
}

// scarce reports an error of accept(2) that passes.
func scarce(err error) bool {
	for _, passing := range []error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ECONNABORTED} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

func allowOwner(peer unix.Ucred) error {
	if peer.Uid != 0 && int(peer.Uid) != os.Geteuid() {
		return fmt.Errorf("user %d may not hand over listeners", peer.Uid)
	}
	return nil
}

// serve reads one connection and passes on what it brought.
func serve(ctx context.Context, c *net.UnixConn, opts *Options, handle func(Received)) {
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	peer, err := fdsock.Peer(c)
	if err == nil {
		err = opts.Allow(peer)
	}
	var r Received
	if err == nil {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		r, err = read(c, opts.MaxState)
	}
	if err != nil {
		opts.Log.Error("a seccomp listener was refused: its process's intercepted calls will fail",
			"peer_pid", peer.Pid, "peer_uid", peer.Uid, "error", err)
		return
	}
	r.Peer = peer
	handle(r)
}
