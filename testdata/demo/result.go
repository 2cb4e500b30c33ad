package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/callgate/callgate/testdata/pty"
)

// result is what came of a step.
type result struct {
	output string
	status int
	alerts []record
}

// record is what the demo shows of an alert.
type record struct {
	Rule     string         `json:"rule"`
	Priority string         `json:"priority"`
	Output   string         `json:"output"`
	Fields   map[string]any `json:"output_fields"`
}

func (s *step) run(callgate, rules, alerts string) (*result, error) {
	args := append([]string{"run", "--rules", "builtin", "--rules", rules, "--format", "json", "--sink", "file:" + alerts}, s.flags...)
	cmd := exec.Command(callgate, append(append(args, "--"), s.argv...)...)
	out, err := s.output(cmd)
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	r := &result{output: string(out), status: cmd.ProcessState.ExitCode()}
	r.alerts, err = readAlerts(alerts)
	return r, err
}

// output runs the command and collects what it prints, through a terminal where
// the step asks for one.
func (s *step) output(cmd *exec.Cmd) ([]byte, error) {
	if !s.terminal {
		return cmd.CombinedOutput()
	}
	master, err := pty.Start(cmd)
	if err != nil {
		return nil, err
	}
	defer master.Close()
	out, _ := io.ReadAll(master) // ends with EIO when the terminal's last user is gone
	return bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")), cmd.Wait()
}

func readAlerts(path string) (list []record, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(b) {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func (r *result) print(s step) {
	argv := slices.Clone(s.argv)
	argv[0] = filepath.Base(argv[0])
	for i, a := range argv {
		if strings.ContainsAny(a, " ;$'*") {
			argv[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	fmt.Printf("   $ callgate run %s-- %s\n", strings.Join(append(s.flags, ""), " "), strings.Join(argv, " "))
	label := "what happened"
	for line := range strings.Lines(r.output) {
		fmt.Printf("   %-13s │ %s\n", label, strings.TrimRight(line, "\n"))
		label = ""
	}
	fmt.Printf("   %-13s │ (exit status %d)\n", label, r.status)
	for _, a := range r.alerts {
		verdict := "reported, not stopped"
		if a.Fields["callgate.enforced"] == true {
			verdict = "stopped: " + fmt.Sprint(a.Fields["callgate.action"]) + ", " + fmt.Sprint(a.Fields["callgate.guarantee"])
		}
		fmt.Printf("   %-13s │ %s: %s (%s)\n", "the rule said", a.Priority, a.Rule, verdict)
		_, message, _ := strings.Cut(a.Output, a.Priority+" ") // without the time
		fmt.Printf("   %-13s │   %s\n", "", message)
	}
}

// check fails when the step did not show what it is for.
func (r *result) check(s step) error {
	for _, want := range s.rules {
		if !slices.ContainsFunc(r.alerts, func(a record) bool { return a.Rule == want }) {
			return fmt.Errorf("the rule %q did not fire", want)
		}
	}
	if s.denied && r.status == 0 {
		return errors.New("it was not denied")
	}
	return nil
}
