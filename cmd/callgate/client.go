package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
)

// socketFlag is --socket: where the daemon listens.
type socketFlag struct{ path string }

func (f *socketFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.path, "socket", "", "use the daemon's control socket at `PATH` (default $"+control.SocketVariable+", or "+control.DefaultSocket+")")
}

// dial connects to the daemon.
func (f *socketFlag) dial(ctx context.Context) (*control.Conn, error) {
	path := control.SocketPath(f.path)
	conn, err := control.Dial(ctx, path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ECONNREFUSED):
		return nil, fmt.Errorf("no callgate daemon listens on %s: start it (systemctl start callgate, or callgate daemon), or name its socket with --socket", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("connect to the daemon at %s: %w: only root may ask it", path, unix.EACCES)
	}
	return conn, err
}

// ask sends one request without a body and reads the answer.
func (f *socketFlag) ask(ctx context.Context, request, want control.Kind, answer any) error {
	conn, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // all that was to be read was read
	m, err := control.NewMessage(request, nil)
	if err != nil {
		return err
	}
	return conn.Ask(ctx, m, want, answer)
}
