package wrapper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wrapperName is the name under which this binary is the wrapper.
const wrapperName = "callgate-runc"

// describe is a runtime that tells what it was started with.
const describe = `#!/bin/sh
echo "name $0"
for a in "$@"; do echo "argument $a"; done
env | sort | grep -v '^_='
ulimit -S -n
ulimit -H -n
cat <&5
grep -E '^Sig(Ign|Blk)' /proc/self/status
exit 42
`

// The runtime gets arguments, environment, descriptors and limits as the wrapper's
// caller gave them, and the caller gets its status.
func TestBecomesTheRuntime(t *testing.T) {
	runtime := filepath.Join(t.TempDir(), "runtime")
	if out, err := exec.Command("sh", "-c", `printf %s "$2" > "$1" && chmod 755 "$1"`, "sh", runtime, describe).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := func(program, name string) string {
		t.Helper()
		// Go raises the soft limit of descriptors of every program that uses os.
		script := `ulimit -S -n 100; exec 5<<E
from the caller
E
trap '' HUP; name=$1; shift; exec -a "$name" "$@"`
		c := exec.Command("bash", append([]string{"-c", script, "bash", name, program}, "--root", "/r", "--", "exec", "", "a b", "--x=ü", "-e\n", "\xff")...)
		c.Env = append(os.Environ(), "CALLGATE_RUNC="+runtime, "X=y z")
		out, err := c.CombinedOutput()
		if c.ProcessState.ExitCode() != 42 {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		return string(out)
	}
	want, got := run(runtime, runtime), run(self, wrapperName)
	if got != want || !strings.Contains(want, "from the caller") || !strings.Contains(want, "argument \xff\n") || !strings.Contains(want, "\n100\n") {
		t.Errorf("through the wrapper:\n%s\nalone:\n%s", got, want)
	}
}
