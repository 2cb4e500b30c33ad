package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/alert/sink"
	"github.com/callgate/callgate/tracer/run"
	"github.com/callgate/callgate/tracer/stats"
)

// runCommand is callgate run's flags and what they lead to.
type runCommand struct {
	rules  ruleFlags
	mode   modeFlag
	format formatFlag
	sinks  []string
	stats  string
	host   bool
	record recordFlags

	container containerFlags
}

func newRun() *cobra.Command {
	var r runCommand
	cmd := &cobra.Command{
		Use:   commandForRun + " [flags] [--] COMMAND [ARG...]",
		Short: "Run a command or a container and judge its system calls before they take effect",
		Long: `Run a command under the rules. Every system call of it and its descendants
that a rule can match is decoded and judged before the kernel executes it; all
others run at native speed. It needs no root.

With --bundle or --image it is one container, run by runc or crun and supervised
without a daemon, with the runtime's rights. An image is one that containerd has;
its container gets the runtime's default configuration: a network of its own
with nothing in it, few capabilities. The container ends with callgate.

In mode monitor, the default, nothing is stopped: alerts say what a rule would
have done. In mode enforce, rules with the action deny or kill act.

Alerts go to standard error. Beside a command that draws on the whole screen,
send them to a file: --sink file:alerts.txt.

The exit status is the command's own; 128+n when signal n ended it (137 for a
rule that kills); 126 when the command can't be executed or its first exec is
denied; 127 when it isn't found; 125 when callgate itself fails. What the
command leaves running ends with it. SIGHUP reopens alert files.`,
		Example: `  callgate run -- bash -i
  callgate run --mode enforce --set strict -- ./build.sh
  callgate run --rules builtin --rules my.yaml --format json --sink file:/tmp/alerts.json -- make test
  callgate run --disable '*' --enable tag:network --priority warning -- ./server
  callgate run --bundle ./bundle
  callgate run --image docker.io/library/alpine:3 --namespace k8s.io -- sh`,
		Args: r.args,
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	cmd.Flags().SetInterspersed(false) // what follows the command is the command's
	r.rules.register(cmd)
	r.rules.registerMatching(cmd)
	r.container.register(cmd)
	r.mode.register(cmd)
	r.format.register(cmd)
	cmd.Flags().StringArrayVar(&r.sinks, "sink", []string{"stderr"}, "write alerts to `SINK`: stderr, stdout or file:PATH (repeatable)")
	cmd.Flags().StringVar(&r.stats, "stats", "", "write counts and latencies as JSON to `FILE` at the end")
	r.record.register(cmd)
	cmd.Flags().BoolVar(&r.host, "host", false, "do not treat the command as a sandbox of its own: container.id is host")
	cmd.MarkFlagsMutuallyExclusive("bundle", "image", "host")
	cmd.MarkFlagsMutuallyExclusive("bundle", "record-all")
	cmd.MarkFlagsMutuallyExclusive("image", "record-all")
	return cmd
}

// drainTime is how long a sink that hangs may delay the end of run.
const drainTime = 10 * time.Second

func (r *runCommand) run(ctx context.Context, argv []string) error {
	set, err := r.rules.load()
	if err != nil {
		return withStatus(statusOwnRun, err)
	}
	if err := r.record.check(); err != nil {
		return err
	}
	if n := len(set.Notes()); n > 0 {
		_, _ = fmt.Fprintf(sink.Stderr(), "callgate: %s on rules in Falco's language; callgate rules check lists them\n", plural(n, "note"))
	}
	report, err := r.openStats()
	if err != nil {
		return withStatus(statusOwnRun, err)
	}
	queue, err := r.openQueue()
	if err == nil {
		err = r.record.open()
	}
	if err != nil {
		return withStatus(statusOwnRun, err)
	}
	var st *stats.Stats // none: nobody would read them
	if report != nil {
		st = stats.New()
	}
	var status int
	if r.container.given() {
		status, err = r.runContainer(ctx, argv, queue, st)
	} else {
		status, err = run.Run(run.Options{
			Argv: argv, Rules: set, Mode: r.mode.mode(), Host: r.host, Alerts: queue.Put, Stats: st,
			Record: r.record.put(), RecordAll: r.record.all,
			KeepStdout: slices.Contains(r.sinks, "stdout"), Hangup: r.hangup(queue),
		})
	}
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err = errors.Join(err, queue.Close(drain))
	if werr := errors.Join(r.record.close(), r.writeStats(report, st, queue)); werr != nil {
		err = errors.Join(err, werr)
		status = max(status, statusOwnRun)
	}
	if status != 0 || err != nil {
		return withStatus(status, err)
	}
	return nil
}

// openQueue opens the sinks and the queue before them.
func (r *runCommand) openQueue() (*alert.Queue, error) {
	format, err := alert.ParseFormat(r.format.value)
	if err != nil {
		return nil, err
	}
	var sinks []alert.Sink
	for _, spec := range r.sinks {
		s, err := sink.Parse(spec)
		if err != nil {
			for _, open := range sinks {
				err = errors.Join(err, open.Close())
			}
			return nil, err
		}
		sinks = append(sinks, s)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("find the host's name: %w", err)
	}
	return alert.NewQueue(alert.Config{Format: format, Sinks: sinks, Hostname: host, Report: sink.Stderr()}), nil
}

// hangup is what SIGHUP does: alert files are reopened (log rotation). Without
// one it is the command's.
func (r *runCommand) hangup(q *alert.Queue) func() {
	if !slices.ContainsFunc(r.sinks, func(s string) bool { return s != "stderr" && s != "stdout" }) {
		return nil
	}
	return func() {
		if err := q.Reopen(); err != nil {
			_, _ = fmt.Fprintf(sink.Stderr(), "callgate: %v\n", err)
		}
	}
}

// openStats opens the file of --stats before the command starts, so that a
// wrong path is told at once and not when the figures are lost.
func (r *runCommand) openStats() (*os.File, error) {
	if r.stats == "" {
		return nil, nil
	}
	f, err := os.OpenFile(r.stats, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the file of --stats: %w", err)
	}
	return f, nil
}

func (r *runCommand) writeStats(f *os.File, st *stats.Stats, q *alert.Queue) error {
	if f == nil {
		return nil
	}
	rep := st.Report()
	qs := q.Stats()
	rep.LostAlerts = qs.Dropped
	for _, s := range qs.Sinks {
		rep.LostAlerts += s.Lost
	}
	if err := errors.Join(printJSON(f, rep), f.Close()); err != nil {
		return fmt.Errorf("write the file of --stats: %w", err)
	}
	return nil
}
