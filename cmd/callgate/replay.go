package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/recording"
)

// replayCommand is callgate replay.
type replayCommand struct {
	rules  ruleFlags
	mode   modeFlag
	format formatFlag
}

func newReplay() *cobra.Command {
	var c replayCommand
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Judge a recording again",
		Long: `Judge the events of a recording (callgate run --record FILE) by rules, and write
the alerts to standard output. Nothing is run and nothing is stopped.

The same rules and the same mode give the same alerts as then, except for those
of callgate itself and for callgate.repeat. Other rules see the calls that were
recorded: those that the rules of the recording were about, or all that callgate
decodes if it was made with --record-all.

A recording that was cut is judged up to the cut, which is told on standard
error; the exit status is then 1.`,
		Example: `  callgate run --record session.cgr -- ./build.sh
  callgate replay session.cgr
  callgate replay --rules my-rules.yaml --mode enforce --format json session.cgr`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.OutOrStdout(), args[0]) },
	}
	c.rules.register(cmd)
	c.rules.registerMatching(cmd)
	c.mode.register(cmd)
	c.format.register(cmd)
	return cmd
}

func (c *replayCommand) run(out io.Writer, path string) error {
	set, err := c.rules.load()
	if err != nil {
		return err
	}
	format, err := alert.ParseFormat(c.format.value)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	var line []byte
	err = replay(path, set, c.mode.mode(), func(a *alert.Alert) {
		line = format.Append(line[:0], a)
		_, _ = w.Write(line) // Flush has the error
	})
	return errors.Join(w.Flush(), err)
}

// replay judges a recording.
func replay(path string, set *rules.Set, mode rules.Mode, alerts func(*alert.Alert)) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read recording: %w", err)
	}
	defer f.Close()
	r, err := recording.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	again := tracer.NewReplay(set, mode, r.Header.Hostname, alerts)
	for {
		switch e, err := r.Next(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		default:
			again.Judge(e)
		}
	}
}
