package rig

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// forgetterName is the name under which this binary makes a world and is killed.
const forgetterName = "callgate-rig-forgetter" // ARG: booted or not

func newBooted(t *testing.T, controllers bool) *World {
	t.Helper()
	NeedRoot(t)
	w, err := NewWorld(WorldOptions{Boot: true, Controllers: controllers})
	Need(t, err)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func TestBootedWorld(t *testing.T) {
	for name, controllers := range map[string]bool{"cgroup v2": false, "all controllers": true} {
		t.Run(name, func(t *testing.T) { testBooted(t, newBooted(t, controllers)) })
	}
}

func testBooted(t *testing.T, w *World) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	mark := "made-in-" + filepath.Base(w.Dir)
	for script, want := range map[string]string{
		"ls -d /run/systemd/system":                    "/run/systemd/system\n",
		"cat /proc/1/comm; grep ^0: /proc/self/cgroup": "systemd\n0::/init.scope\n",
		// What is outside of a namespace of cgroups is above its root.
		"grep -F :/.. /proc/1/cgroup /proc/self/cgroup":                               "",
		"systemctl list-units --plain --no-legend --type=service,socket,timer,path":   "",
		"hostname of-the-world; hostname":                                             "of-the-world\n",
		"touch /usr/bin/$1 /etc/$1 /var/$1 /tmp/$1 /dev/$1 /run/$1 $0/$1 && echo all": "all\n",
		"touch /$1 /root/$1 2>/dev/null || echo none; ls /$1 /root/$1 2>&-":           "none\n",
		"echo 1 2>/dev/null >/proc/sys/kernel/sysrq || echo read-only":                "read-only\n",
	} {
		if out, err := w.Run(ctx, "sh", "-c", script+"; true", w.Dir, mark); err != nil || out != want {
			t.Errorf("%s: %q, %v; want %q", script, out, err, want)
		}
	}
	for _, dir := range []string{"/", "/root", "/usr/bin", "/etc", "/var", "/tmp", "/dev", "/run"} {
		if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
			t.Errorf("the machine has %s in %s", mark, dir)
		}
	}
	if name, err := os.Hostname(); err != nil || name == "of-the-world" {
		t.Errorf("the machine is called %s, %v", name, err)
	}
	ps, err := w.Processes()
	if err != nil || len(ps) == 0 {
		t.Errorf("Processes = %v, %v", ps, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	checkGone(t, w.Dir, ps)
}

// checkGone looks for what a world may have left.
func checkGone(t *testing.T, dir string, ps []Process) {
	t.Helper()
	for _, p := range ps {
		if exe, err := os.Readlink("/proc/" + strconv.Itoa(p.PID) + "/exe"); err == nil {
			t.Errorf("process %d (%s) outlived its world", p.PID, exe)
		}
	}
	left := []string{dir}
	for _, root := range cgroupRoots {
		left = append(left, filepath.Join(root, filepath.Base(dir)))
	}
	for _, pattern := range left {
		if found, err := filepath.Glob(pattern); err != nil || len(found) != 0 {
			t.Errorf("left: %v, %v", found, err)
		}
	}
}

// forget makes a world, tells where, and sleeps.
func forget(boot bool) int {
	w, err := NewWorld(WorldOptions{Boot: boot})
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		return 1
	}
	os.Stdout.WriteString(w.Dir + " " + strconv.Itoa(w.init.Process.Pid) + "\n")
	time.Sleep(10 * patience)
	return 0
}

// The processes of a world whose test is killed die with it, and the next test
// removes the rest.
func TestKilledTest(t *testing.T) {
	NeedRoot(t)
	Need(t, canBoot())
	t.Setenv("TMPDIR", t.TempDir()) // nobody else sweeps there
	for _, boot := range []bool{false, true} {
		c := exec.Command("/proc/self/exe")
		c.Args = []string{forgetterName, strconv.FormatBool(boot)}
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		_ = c.Process.Kill()
		_ = c.Wait()
		f := strings.Fields(line)
		if err != nil || len(f) != 2 {
			t.Fatalf("%q, %v", line, err)
		}
		for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			// Nobody but init takes the status of an orphan.
			text, err := os.ReadFile(filepath.Join("/proc", f[1], "stat"))
			if err != nil || strings.Contains(string(text), ") Z ") {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("the world of a killed test lives: %s", text)
			}
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(f[0], old, old); err != nil {
			t.Fatal(err)
		}
		sweep("cgrig")
		checkGone(t, f[0], nil)
	}
}
