package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/ruletest"
)

// tryCommand is callgate rules test.
type tryCommand struct {
	rules   ruleFlags
	format  choice
	verbose bool
	cover   bool
}

func newRulesTest() *cobra.Command {
	var c tryCommand
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Test rules",
		Long: `Run the tests in files, or in the *.yaml of directories. A test gives an event
or a command to run, and says which rules fire of it:

  rules: [my-rules.yaml]
  tests:
    - test: a shell with a terminal
      event: {evt.type: execve, proc.name: bash, proc.tty: 34816, container.id: 0123456789ab}
      fires: [Terminal shell in container]
    - test: a shell without one
      run: [sh, -c, "true"]
      silent: [Terminal shell in container]

docs/rule-tests.md tells all keys. A file that names neither rules nor sets is
tested with those of --rules and --set.

The exit status is 0 when all tests pass, and 1 otherwise.`,
		Example: `  callgate rules test my-tests.yaml
  callgate rules test --rules builtin --cover tests/
  callgate rules test --format junit tests/ > report.xml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, unix.SIGTERM)
			defer stop()
			return c.run(ctx, cmd.OutOrStdout(), files)
		},
	}
	c.rules.register(cmd)
	c.format.add(cmd, "format", "output `FORMAT`: text, json or junit", "text", "json", "junit")
	cmd.Flags().BoolVarP(&c.verbose, "verbose", "v", false, "tell of tests that pass, too")
	cmd.Flags().BoolVar(&c.cover, "cover", false, "tell which rules were never seen firing, or never silent, on standard error")
	return cmd
}

func (c *tryCommand) run(ctx context.Context, out io.Writer, paths []string) error {
	var files []*ruletest.File
	var mistakes rules.Mistakes
	for _, path := range paths {
		read, err := ruletest.Read(path)
		var bad rules.Mistakes
		if errors.As(err, &bad) {
			mistakes = append(mistakes, bad...)
		} else if err != nil {
			return err
		}
		files = append(files, read...)
	}
	if len(mistakes) > 0 {
		return mistakes
	}
	results, err := ruletest.Run(ctx, files, func(f *ruletest.File) (*rules.Set, error) { return c.flagsOf(f).load() }, c.alerts)
	if err != nil {
		return err
	}
	switch c.format.value {
	case "json":
		err = ruletest.JSON(out, results)
	case "junit":
		err = ruletest.JUnit(out, results)
	default:
		err = ruletest.Text(out, results, c.verbose)
	}
	if err == nil && c.cover {
		_, err = io.WriteString(os.Stderr, ruletest.Coverage(results))
	}
	if err == nil && ruletest.Failed(results) > 0 {
		err = withStatus(statusFailed, nil)
	}
	return err
}

// flagsOf are the rules of a file's tests: its own, or those of the command line.
func (c *tryCommand) flagsOf(f *ruletest.File) *ruleFlags {
	if len(f.Rules)+len(f.Sets) == 0 {
		return &c.rules
	}
	flags := &ruleFlags{sets: f.Sets}
	for _, path := range f.Rules {
		if path != rules.Builtin {
			path = f.Path(path)
		}
		flags.paths = append(flags.paths, path)
	}
	return flags
}

// alerts are those of a recording, or of a command.
func (c *tryCommand) alerts(ctx context.Context, set *rules.Set, f *ruletest.File, t *ruletest.Test) (alerts []ruletest.Alert, err error) {
	var lines []byte
	if t.Recording != "" {
		lines, err = replayed(set, f, t)
	} else {
		lines, err = c.ran(ctx, f, t)
	}
	if err != nil {
		return nil, err
	}
	return readAlerts(lines)
}

// replayed are the alerts of a recording, as replay writes them.
func replayed(set *rules.Set, f *ruletest.File, t *ruletest.Test) (lines []byte, err error) {
	err = replay(f.Path(t.Recording), set, f.Mode, func(a *alert.Alert) { lines = alert.Format{JSON: true}.Append(lines, a) })
	return lines, err
}

// ran are the alerts of a command, which runs under callgate run as users run it.
func (c *tryCommand) ran(ctx context.Context, f *ruletest.File, t *ruletest.Test) ([]byte, error) {
	dir, err := os.MkdirTemp("", "callgate-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a directory for files of its own
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	sink := filepath.Join(dir, "alerts")
	args := []string{commandForRun, "--format", "json", "--sink", "file:" + sink, "--mode", f.Mode.String()}
	flags := c.flagsOf(f)
	for _, path := range flags.paths {
		args = append(args, "--rules", path)
	}
	for _, set := range flags.sets {
		args = append(args, "--set", set)
	}
	cmd := exec.CommandContext(ctx, self, append(append(args, "--"), t.Run...)...)
	cmd.Args[0] = "callgate"
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	// The command may end with any status; callgate's own last word is that it was
	// not run, or not judged.
	var exit *exec.ExitError
	err = cmd.Run()
	said := strings.TrimSpace(stderr.String())
	last := said[strings.LastIndexByte(said, '\n')+1:]
	if err != nil && !errors.As(err, &exit) || exit != nil && exit.ExitCode() >= statusOwnRun && strings.HasPrefix(last, "callgate: ") {
		return nil, errors.New(said)
	}
	return os.ReadFile(sink)
}

// readAlerts reads alerts as run and replay write them.
func readAlerts(lines []byte) (alerts []ruletest.Alert, err error) {
	d := json.NewDecoder(bytes.NewReader(lines))
	d.UseNumber()
	for d.More() {
		var a struct {
			Rule   string         `json:"rule"`
			Fields map[string]any `json:"output_fields"`
		}
		if err := d.Decode(&a); err != nil {
			return nil, fmt.Errorf("read alerts: %w", err)
		}
		action, _ := a.Fields["callgate.action"].(string)
		alerts = append(alerts, ruletest.Alert{Rule: a.Rule, Action: action, Field: func(name string) (any, bool) {
			v, ok := a.Fields[name]
			return v, ok
		}})
	}
	return alerts, nil
}
