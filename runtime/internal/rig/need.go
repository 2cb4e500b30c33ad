package rig

import (
	"errors"
	"os"
	"testing"
)

// Long tells that the long form of the tests was asked for.
func Long() bool { return os.Getenv("CALLGATE_LONG") != "" }

// Need skips a test that the machine can't run, which an error of type
// *MissingError tells, or fails it where everything must run. Any other error
// fails it.
func Need(t testing.TB, err error) {
	t.Helper()
	var missing *MissingError
	switch {
	case err == nil:
	case errors.As(err, &missing) && os.Getenv("CALLGATE_REQUIRE") != "1":
		t.Skip(missing)
	default:
		t.Fatal(err)
	}
}

// NeedRoot skips a test of the rig where worlds can't be made. Under the race
// detector it is skipped too: what is tested are other programs, which the
// detector does not see.
func NeedRoot(t testing.TB) {
	t.Helper()
	if raceDetector {
		t.Skip("runs without the race detector: it would not see the programs under test")
	}
	if os.Geteuid() != 0 {
		Need(t, &MissingError{"root"})
	}
}

// ForTest makes a node that a test shares with its subtests. What the node logged
// is shown when the test fails.
func ForTest(t testing.TB, c NodeConfig) *Node {
	t.Helper()
	NeedRoot(t)
	n, err := NewNode(c)
	Need(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(n.Logs())
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}
