package rig

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/callgate/callgate/runtime/control"
)

// A Daemon is callgate's daemon on a node, with its sockets where shims look for
// them.
type Daemon struct {
	node    *Node
	program string
	process *process
}

// daemonConfig is what every daemon's configuration begins with.
const daemonConfig = `containerd_socket: %[1]s/c.sock
state_dir: %[1]s/callgate
sinks: ["file:%[1]s/alerts"]
`

// StartDaemon starts the daemon of a callgate binary and waits until it answers.
// The keys are lines of its configuration file beyond sockets, state directory
// and sink.
func (n *Node) StartDaemon(program, keys string) (*Daemon, error) {
	d := &Daemon{node: n, program: program}
	if err := os.WriteFile(d.config(), fmt.Appendf(nil, daemonConfig+"%s\n", n.Dir, keys), 0o600); err != nil {
		return nil, fmt.Errorf("configure daemon: %w", err)
	}
	return d, d.Start()
}

func (d *Daemon) config() string { return filepath.Join(d.node.Dir, "callgate.yaml") }

// Start starts the daemon again after Kill or Stop.
func (d *Daemon) Start() (err error) {
	if d.process, err = d.node.background(exec.Command(d.program, "daemon", "--config", d.config()), "callgate.log"); err != nil {
		return err
	}
	return d.process.ready(patience, func(ctx context.Context) error {
		conn, err := control.Dial(ctx, d.node.Path(control.DefaultSocket))
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

// PID is the daemon's process id outside the world.
func (d *Daemon) PID() int { return d.process.cmd.Process.Pid }

// Kill ends the daemon by SIGKILL.
func (d *Daemon) Kill() error { return d.process.stop(syscall.SIGKILL) }

// Stop ends the daemon as systemd would.
func (d *Daemon) Stop() error { return d.process.stop(syscall.SIGTERM) }

// Callgate runs a subcommand on the node and returns what it printed.
func (d *Daemon) Callgate(ctx context.Context, args ...string) (string, error) {
	return d.node.World.Run(ctx, d.program, args...)
}

// Alerts are the lines that all daemons of the node have written from an offset
// of their sink on, as far as they are whole, and the offset of what follows.
func (d *Daemon) Alerts(from int64) (lines []string, next int64, err error) {
	f, err := os.Open(filepath.Join(d.node.Dir, "alerts"))
	if err != nil {
		return nil, from, fmt.Errorf("read alerts: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, from, math.MaxInt64-from))
	if err != nil {
		return nil, from, fmt.Errorf("read alerts: %w", err)
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines, from + int64(len(text)), nil
}
