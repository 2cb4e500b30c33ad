package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert/sink"
	"github.com/callgate/callgate/runtime/daemon"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/daemon/rulebook"
	"github.com/callgate/callgate/runtime/daemon/systemd"
)

// daemonCommand is callgate daemon's flags.
type daemonCommand struct {
	config string
	check  bool
	debug  bool
	record string
}

func newDaemon() *cobra.Command {
	var d daemonCommand
	cmd := &cobra.Command{
		Use:   "daemon [flags]",
		Short: "Supervise this machine's containers",
		Long: `Supervise the containers that run under callgate: those of the containerd shim,
of callgate-runc, and those whose seccomp profile names the daemon's agent
socket as its listenerPath. Every system call of theirs that a rule can match is
judged before the kernel executes it.

Without a configuration file (docs/config.md) the embedded rules report to
standard output and stop nothing. All mistakes in it are told at once, and the
daemon does not start.

The daemon may end at any moment, killed or stopped: containers go on, and their
intercepted calls wait for the next one. SIGTERM ends it. SIGHUP loads the rules
again and reopens alert files; changed rule files are noticed without it. Rules
with mistakes change nothing, and an alert says so.`,
		Example: `  callgate daemon
  callgate daemon --config /etc/callgate/config.yaml
  callgate daemon --config new.yaml --check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.OutOrStdout()) },
	}
	cmd.Flags().StringVar(&d.config, "config", "", "read the configuration from `FILE` (default "+config.DefaultPath+", where it is there)")
	cmd.Flags().BoolVar(&d.check, "check", false, "check the configuration and the rules, and exit")
	cmd.Flags().StringVar(&d.record, "record", "", "write every event that is judged, with all that can be known of it, for callgate replay, to `FILE`-TIME: each start of the daemon makes a new one")
	cmd.Flags().BoolVar(&d.debug, "debug", false, "log more, to standard error")
	return cmd
}

func (d *daemonCommand) run(stdout io.Writer) error {
	node, err := config.Load(d.config)
	if err != nil {
		return err
	}
	if d.check {
		book, err := rulebook.New(node)
		if err == nil {
			err = book.LoadAll()
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s in mode %s: no mistakes\n", plural(book.Count(), "rule"), node.Mode)
		return err
	}
	level := slog.LevelInfo
	if d.debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(sink.Stderr(), &slog.HandlerOptions{Level: level}))
	if err := protect(); err != nil {
		return err
	}
	// What systemd has passed is taken first: it is of this process alone.
	manager, descriptors := systemd.FromEnvironment(), systemd.Descriptors()
	var record recordFlags
	if d.record != "" {
		record.path = d.record + time.Now().UTC().Format("-20060102T150405.000Z")
	}
	if err := record.open(); err != nil {
		return err
	}
	supervisor, err := daemon.New(daemon.Options{
		Config: node, Version: readBuildInfo().Version, Log: log, Manager: manager, Descriptors: descriptors, Record: record.put(),
	})
	if err != nil {
		return errors.Join(fmt.Errorf("start daemon: %w", err), record.close())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			_ = supervisor.Hangup() // it has logged what went wrong
		}
	}()
	return errors.Join(supervisor.Run(ctx), record.close())
}

// maxThreads is room for decisions that stall, 256 a listener, without which Go
// would end the program at 10,000 threads. The kernel bounds them too.
const maxThreads = 100_000

// protect keeps other processes of the same user from tracing the daemon.
func protect() error {
	debug.SetMaxThreads(maxThreads)
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("protect the daemon (PR_SET_DUMPABLE): %w", err)
	}
	return nil
}
