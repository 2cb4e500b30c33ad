package run_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// requireRoot skips a test that must be root, unless the run must be complete.
func requireRoot(t *testing.T, why string) {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "root: "+why)
	}
}

// missing skips a test for what is not there, unless the run must be complete.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatal("needs " + what)
	}
	t.Skip("needs " + what)
}

// marked are the living processes whose environment holds a mark.
func marked(mark string) (pids []string) {
	dirs, _ := os.ReadDir("/proc")
	for _, d := range dirs {
		env, err := os.ReadFile("/proc/" + d.Name() + "/environ")
		if err == nil && bytes.Contains(env, []byte(mark)) {
			pids = append(pids, d.Name())
		}
	}
	return pids
}

// Killed at any moment, callgate takes the whole tree with it: sessions of
// their own, forks in flight, double forks.
func TestKilledSupervisorLeavesNothing(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for i := range rounds {
		mark := fmt.Sprintf("CALLGATE_TEST_MARK=%d-%d", os.Getpid(), i)
		j := job{rules: logExec, argv: victim(t, "bomb")}
		cmd, _ := j.command(t)
		cmd.Env = append(os.Environ(), mark)
		must(t, cmd.Start())
		// Any moment: before the first exec, in the middle of the forks, or later.
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
		made := cgroups(t) // this one's, and those of other tests that run now
		eventually(t, "descendants end with callgate", func() bool { return len(marked(mark)) == 0 })
		eventually(t, "its cgroup is removed", func() bool {
			now := cgroups(t)
			return !slices.ContainsFunc(made, func(c string) bool { return slices.Contains(now, c) })
		})
	}
}

// cgroups are those that runs of callgate made below this process's own.
func cgroups(t *testing.T) []string {
	t.Helper()
	dir, err := seccomp.OwnCgroup()
	if err != nil {
		return nil
	}
	list, err := filepath.Glob(filepath.Join(dir, "callgate-*"))
	must(t, err)
	return list
}

// Whoever kills the process group that callgate and the command share leaves
// sessions of the command behind, and the guardian.
func TestKilledGroupLeavesNothing(t *testing.T) {
	mark := fmt.Sprintf("CALLGATE_TEST_MARK=group-%d", os.Getpid())
	j := job{rules: logExec, argv: victim(t, "bomb")}
	cmd, _ := j.command(t)
	cmd.Env = append(os.Environ(), mark)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = io.ReadFull(stdout, make([]byte, len("ready")))
	must(t, err)
	must(t, unix.Kill(-cmd.Process.Pid, unix.SIGKILL))
	_ = cmd.Wait()
	eventually(t, "descendants end with callgate's process group", func() bool { return len(marked(mark)) == 0 })
}

// The guardian's death ends the command.
func TestKilledGuardianEndsTheCommand(t *testing.T) {
	mark := fmt.Sprintf("CALLGATE_TEST_MARK=guardian-%d", os.Getpid())
	j := job{rules: logExec, argv: victim(t, "bomb")}
	cmd, _ := j.command(t)
	cmd.Env = append(os.Environ(), mark)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	must(t, cmd.Start())
	var guardian int
	eventually(t, "the guardian starts its child", func() bool {
		guardian = childNamed(cmd.Process.Pid, "cg-guardian")
		return guardian != 0 && childNamed(guardian, "cg-test-victim") != 0
	})
	must(t, unix.Kill(guardian, unix.SIGKILL))
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != 125 || !strings.Contains(stderr.String(), "guardian was killed") {
		t.Errorf("%v, stderr %q", err, stderr.String())
	}
	if left := marked(mark); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func childNamed(pid int, name string) int {
	list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, t := range tasks {
		more, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, t.Name()))
		list = append(list, more...)
	}
	for f := range strings.FieldsSeq(string(list)) {
		comm, _ := os.ReadFile("/proc/" + f + "/comm")
		if strings.TrimSpace(string(comm)) == name {
			var child int
			_, _ = fmt.Sscan(f, &child)
			return child
		}
	}
	return 0
}

// What the command leaves behind ends with it.
func TestTreeEndsWithItsCommand(t *testing.T) {
	mark := fmt.Sprintf("CALLGATE_TEST_MARK=end-%d", os.Getpid())
	j := job{rules: logExec, argv: []string{"sh", "-c", "setsid sleep 600 & (sleep 600 &) ; exit 3"}}
	cmd, _ := j.command(t)
	cmd.Env = append(os.Environ(), mark)
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("exit status %d", cmd.ProcessState.ExitCode())
	}
	if left := marked(mark); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// The supervised tree can't touch who supervises it. The attacks include
// kill(-1), so they are made in a pid namespace and a session of their own.
func TestSelfProtection(t *testing.T) {
	requireRoot(t, "it makes a pid namespace")
	for _, user := range []string{"nobody", "root"} {
		t.Run(user, func(t *testing.T) {
			j := job{rules: logExec, argv: victim(t, "attack"), uid: 65534} // files for everybody
			cmd, _ := j.command(t)
			dir := t.TempDir()
			must(t, os.Chmod(dir, 0o755))
			must(t, os.Chmod(parentOf(dir), 0o755))
			must(t, os.Symlink(cmd.Path, dir+"/"+roleRun))
			// callgate must not be the namespace's init, which can't be killed anyway.
			argv := []string{"--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", `"$0" "$@"; exit $?`}
			if user == "nobody" {
				argv = append(argv, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
			}
			argv = append(append(argv, dir+"/"+roleRun), cmd.Args[1:]...)
			attack := exec.Command("unshare", argv...)
			attack.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			out, err := attack.CombinedOutput()
			if err != nil || strings.Count(string(out), "kill KILL: operation not permitted") != 2 {
				t.Fatalf("%v, printed %s", err, out)
			}
			if strings.Contains(string(out), "succeeded") {
				t.Errorf("printed %s", out)
			}
		})
	}
}

func parentOf(path string) string { return path[:strings.LastIndexByte(path, '/')] }

// A command that makes cgroups in its own (a container engine) leaves none, and
// its exit status stands.
func TestCgroupsOfTheCommandAreRemoved(t *testing.T) {
	requireRoot(t, "it makes cgroups")
	dir, err := seccomp.OwnCgroup()
	if err != nil {
		t.Skip(err)
	}
	before := cgroups(t)
	own := `for d in "$0"/callgate-*; do grep -qx $$ $d/cgroup.procs && mkdir $d/a $d/a/b && { sleep 600 & echo $! >$d/a/b/cgroup.procs; } && exit 3; done`
	o := (&job{rules: logSetns, argv: []string{"sh", "-c", own, dir}}).run(t)
	if o.status != 3 || o.stderr != "" {
		t.Errorf("status %d, stderr %q", o.status, o.stderr)
	}
	for _, c := range cgroups(t) {
		if _, err := os.Stat(c + "/a"); err == nil && !slices.Contains(before, c) {
			t.Errorf("left: %s", c)
		}
	}
}
