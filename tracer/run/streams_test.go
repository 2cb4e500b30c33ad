package run_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// streamStates are what a standard stream can be, and how a shell makes it so.
var streamStates = map[string]string{
	"file":   `%d<>file`,
	"null":   `%d<>/dev/null`,
	"closed": `%d<&-`,
}

// The command gets the standard streams that callgate got. Only a closed one is
// /dev/null instead: Go's runtime opens it before any of callgate's code runs.
func TestStandardStreams(t *testing.T) {
	if raceDetector {
		t.Skip("54 programs that start slowly, and nothing that the detector could see")
	}
	for in, openIn := range streamStates {
		for out, openOut := range streamStates {
			for err, openErr := range streamStates {
				t.Run(in+" "+out+" "+err, func(t *testing.T) {
					redirect := strings.Replace(openIn, "%d", "0", 1) + " " + strings.Replace(openOut, "%d", "1", 1) + " " + strings.Replace(openErr, "%d", "2", 1)
					plain, got := streams(t, redirect, false), streams(t, redirect, true)
					if want := strings.ReplaceAll(plain, "closed", "/dev/null"); got != want {
						t.Errorf("without callgate: %q, with it: %q", plain, got)
					}
				})
			}
		}
	}
}

// streams starts a command with its streams redirected, and looks at them.
func streams(t *testing.T, redirect string, supervised bool) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	argv := []string{"sleep", "600"}
	if supervised {
		j := job{rules: logSetns, argv: argv}
		cmd, _ := j.command(t)
		link := filepath.Join(dir, roleRun)
		must(t, os.Symlink(cmd.Path, link))
		argv = append([]string{link}, cmd.Args[1:]...)
	}
	cmd := exec.Command("dash", append([]string{"-c", `exec "$0" "$@" ` + redirect}, argv...)...)
	cmd.Dir = dir
	must(t, cmd.Start())
	pid := cmd.Process.Pid
	// Before it sleeps it opens its libraries, with the number of a closed stream.
	eventually(t, "the command sleeps", func() bool {
		if supervised {
			pid = childNamed(childNamed(cmd.Process.Pid, "cg-guardian"), "sleep")
		}
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		return string(comm) == "sleep\n" && threadsIn(pid, unix.SYS_CLOCK_NANOSLEEP) == 1
	})
	var seen []string
	for fd := range 3 {
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
		if err != nil {
			link = "closed"
		}
		seen = append(seen, strings.ReplaceAll(link, file, "the file"))
	}
	must(t, unix.Kill(pid, unix.SIGTERM))
	_ = cmd.Wait()
	if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); !supervised && ws.Signal() != unix.SIGTERM || supervised && ws.ExitStatus() != 128+int(unix.SIGTERM) {
		t.Errorf("it ended with %v", cmd.ProcessState)
	}
	return strings.Join(seen, ", ")
}
