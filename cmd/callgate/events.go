package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/runtime/control"
)

// eventsCommand is callgate events' flags.
type eventsCommand struct {
	socket socketFlag
	format formatFlag
	since  string
	ask    control.Events
}

func newEvents() *cobra.Command {
	var e eventsCommand
	cmd := &cobra.Command{
		Use:   "events [flags]",
		Short: "Show the alerts of the containers under supervision",
		Long: `Show the alerts that the daemon keeps, the oldest first. It keeps the latest ones
in its state directory, as many as events_size of its configuration allows, also
over its restarts. All alerts go to its sinks.`,
		Example: `  callgate events -f
  callgate events --since 10m --container nginx
  callgate events --rule "Terminal shell in container" --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	cmd.Flags().BoolVarP(&e.ask.Follow, "follow", "f", false, "go on with the alerts to come, until it is interrupted")
	cmd.Flags().StringVar(&e.since, "since", "", "leave out what is older than `TIME`: 10m, 36h, or 2006-01-02T15:04:05Z")
	cmd.Flags().StringVar(&e.ask.Rule, "rule", "", "only alerts of the rule `NAME`")
	cmd.Flags().StringVar(&e.ask.Container, "container", "", "only alerts of the `CONTAINER`: its name, its id, or the beginning of its id")
	e.format.register(cmd)
	e.socket.register(cmd)
	return cmd
}

func (e *eventsCommand) run(ctx context.Context, w io.Writer) (err error) {
	if e.ask.Since, err = parseSince(e.since, time.Now()); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	conn, err := e.socket.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing was sent but the request
	m, err := control.NewMessage(control.KindEvents, e.ask)
	if err != nil {
		return err
	}
	if err := conn.Send(ctx, m); err != nil {
		return err
	}
	for {
		m, err := conn.Receive(ctx)
		if ctx.Err() != nil {
			return nil // interrupted, as one ends following
		}
		if err != nil {
			return fmt.Errorf("the daemon has ended: %w", err)
		}
		m.CloseFiles()
		switch m.Kind {
		case control.KindEvent:
			if err := e.print(w, m.Body); err != nil {
				return err
			}
		case control.KindEnd:
			return nil
		case control.KindRefused:
			var r control.Refusal
			if err := m.Decode(&r); err != nil {
				return err
			}
			return r
		default:
			return fmt.Errorf("the daemon answers with %q, which this callgate does not know", m.Kind)
		}
	}
}

// print prints an alert's JSON record, or its text, which is in its output.
func (e *eventsCommand) print(w io.Writer, record json.RawMessage) error {
	if e.format.json() {
		_, err := fmt.Fprintf(w, "%s\n", record)
		return err
	}
	var r struct {
		Output string `json:"output"`
	}
	if err := json.Unmarshal(record, &r); err != nil {
		return fmt.Errorf("read alert: %w", err)
	}
	_, err := fmt.Fprintln(w, r.Output)
	return err
}

// parseSince reads a time, or how long ago it was.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(s); err == nil {
		return now.Add(-ago), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, usageErrorf("--since %q is neither a duration, such as 10m, nor a time, such as 2006-01-02T15:04:05Z", s)
	}
	return t, nil
}
