package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/alert/sink"
	"github.com/callgate/callgate/tracer/recording"
)

// recordFlags are --record and --record-all.
type recordFlags struct {
	path string
	all  bool

	writer *recording.Writer
}

func (f *recordFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.path, "record", "", "write every event that is judged, with all that can be known of it, to the new `FILE`, for callgate replay")
	cmd.Flags().BoolVar(&f.all, "record-all", false, "with --record: every call that callgate decodes, not only those that rules are about; this slows the command down")
}

// check refuses flags that don't go together.
func (f *recordFlags) check() error {
	if f.path == "" && f.all {
		return usageErrorf("--record-all goes with --record FILE")
	}
	return nil
}

// open makes the file, before anything is started.
func (f *recordFlags) open() error {
	if f.path == "" {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("find the host's name: %w", err)
	}
	f.writer, err = recording.Create(f.path, host, func(err error) {
		_, _ = fmt.Fprintf(sink.Stderr(), "callgate: %v; the recording ends here\n", err)
	})
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w; name a new file, or remove it", err)
	}
	return err
}

// put takes an event, nil when nothing is recorded.
func (f *recordFlags) put() func(*recording.Entry) {
	if f.writer == nil {
		return nil
	}
	return f.writer.Put
}

func (f *recordFlags) close() error {
	if f.writer == nil {
		return nil
	}
	return f.writer.Close()
}
