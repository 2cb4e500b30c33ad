package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/run"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata/cli expect")

func TestMain(m *testing.M) {
	run.Dispatch() // the helpers of callgate run are this test binary too
	testscript.Main(m, map[string]func(){"callgate": main})
}

// TestCLI runs the scripts in testdata/cli. Beside testscript's own commands
// they have "exits STATUS COMMAND [ARG...]" and "waits COMMAND [ARG...]", which
// repeats a command until it succeeds.
func TestCLI(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/cli",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "waits": waits},
		Condition:           condition,
	})
}

// condition knows [callgate-run]: callgate run can work here. Where it must
// (CALLGATE_REQUIRE=1) its absence is a failure.
func condition(name string) (bool, error) {
	if name != "callgate-run" {
		return false, fmt.Errorf("unknown condition %s", name)
	}
	err := runs()
	if err != nil && os.Getenv("CALLGATE_REQUIRE") != "1" {
		return false, nil
	}
	return true, err
}

// runs says why callgate run can't work here.
func runs() error {
	for _, f := range seccomp.Probe() {
		if f.Needed && f.Err != nil {
			return f.Err
		}
	}
	return nil
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// patience is far more than a program takes to start on a busy machine.
const patience = 60 * time.Second

func waits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: waits COMMAND [ARG...]")
	}
	end := time.Now().Add(patience)
	for err := ts.Exec(args[0], args[1:]...); err != nil; err = ts.Exec(args[0], args[1:]...) {
		if time.Now().After(end) {
			ts.Fatalf("waited in vain: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
