package daemon_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
)

// SIGTERM ends a daemon and leaves no socket; calls wait for the next one.
func TestStopAndSuccessor(t *testing.T) {
	p := newPlace(t)
	first := p.start()
	v := newVictims(t, 1)
	k := p.keep(podContainer("waits", nil))
	k.add(v, 0)
	v.unshare(0, 0)
	if err := first.signal(syscall.SIGTERM); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
	for _, name := range []string{"c.sock", "a.sock"} {
		if _, err := os.Lstat(p.path(name)); !os.IsNotExist(err) {
			t.Errorf("%s is left", name)
		}
	}
	call := v.begin(0, 0)
	p.start()
	k.again()
	if errno := v.result(call); errno != 0 {
		t.Errorf("a call that waited: %v", errno)
	}
	if n := len(p.alerts()); n != 2 {
		t.Errorf("%d alerts, want 2", n)
	}
}

func TestSecondDaemon(t *testing.T) {
	p := newPlace(t)
	p.start()
	second := p.launch()
	if err := <-second.ended; err == nil || !strings.Contains(second.logged(), "another callgate daemon runs") {
		t.Errorf("%v\n%s", err, second.logged())
	}
	second.ended <- nil
	if err := p.ask(control.KindVersion, nil, control.KindVersions, nil); err != nil {
		t.Errorf("the first: %v", err)
	}
}

// What stands in the way of a start is told.
func TestStartFails(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*place)
		want    string
	}{
		"socket in use": {func(p *place) {
			if l, err := control.Listen(p.path("c.sock")); err != nil {
				t.Fatal(err)
			} else {
				t.Cleanup(func() { l.Close() })
			}
		}, "another program listens there"},
		"a file in its place": {func(p *place) { p.write("a.sock", "x") }, "the path is no socket"},
		"missing sink":        {func(p *place) { p.configure("sinks: [\"file:/nonexistent/x\"]") }, "no such file"},
		"broken rules":        {func(p *place) { p.write("rules.yaml", "- rule: x\n") }, "rules.yaml:1:9: rule \"x\" has no condition"},
		"missing rules":       {func(p *place) { os.Remove(p.path("rules.yaml")) }, "no such file"},
		"broken config":       {func(p *place) { p.configure("mdoe: x") }, "config.yaml:7:1: a configuration has no key mdoe"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			c.prepare(p)
			r := p.launch()
			select {
			case err := <-r.ended:
				r.ended <- err
				if err == nil || !strings.Contains(r.logged(), c.want) {
					t.Errorf("%v, want %q in:\n%s", err, c.want, r.logged())
				}
			case <-time.After(patience):
				t.Error("it started")
			}
		})
	}
}

// A socket that a daemon left when it was killed is replaced.
func TestAbandonedSocket(t *testing.T) {
	p := newPlace(t)
	first := p.start()
	first.signal(syscall.SIGKILL)
	if _, err := os.Lstat(p.path("c.sock")); err != nil {
		t.Fatal(err)
	}
	p.start()
	if info, err := os.Stat(p.path("c.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// Without its state directory the daemon supervises all the same, and says so.
func TestNoStateDirectory(t *testing.T) {
	p := newPlace(t)
	p.write("file", "")
	p.configure("")
	text, err := os.ReadFile(p.path("config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.write("config.yaml", strings.Replace(string(text), p.path("state"), filepath.Join(p.path("file"), "state"), 1))
	p.start()
	v := newVictims(t, 1)
	k := p.keep(podContainer("one", nil))
	k.add(v, 0)
	if errno := v.unshare(0, 0); errno != 0 {
		t.Error(errno)
	}
	p.waitAlert(`"rule":"Alerts Not Kept"`)
	p.waitAlert(`"rule":"Unshare"`)
	if err := p.ask(control.KindEvents, control.Events{}, control.KindEnd, nil); err == nil || !strings.Contains(err.Error(), "keeps no alerts") {
		t.Errorf("events: %v", err)
	}
}

// A disk that is full loses alerts, never a verdict.
func TestFullDisk(t *testing.T) {
	p := newPlace(t)
	p.configure("mode: enforce\nsinks: [\"file:/dev/full\"]")
	r := p.start()
	v := newVictims(t, 1)
	k := p.keep(podContainer("full", nil))
	k.add(v, 0)
	for range 3 {
		if errno := v.unshare(0, 0x400); errno != unix.EACCES {
			t.Error(errno)
		}
	}
	eventually(t, "the loss to be told", func() bool { return strings.Contains(r.logged(), "no space left on device; alerts are lost") })
}

// Every object of the daemon's that a foreign user could use refuses it.
func TestForeignUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to be another user")
	}
	p := newPlace(t)
	p.start()
	if err := os.Chmod(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"c.sock", "a.sock"} {
		if out, err := connectAs(t, p.path(name), 65534, "ps", ""); err != nil || !strings.Contains(out, "permission denied") {
			t.Errorf("%s: %s, %v", name, out, err)
		}
		// And when its mode was changed by mistake.
		if err := os.Chmod(p.path(name), 0o666); err != nil {
			t.Fatal(err)
		}
		if out, err := connectAs(t, p.path(name), 65534, "ps", ""); err != nil || !strings.Contains(out, "closed") {
			t.Errorf("%s: %s, %v", name, out, err)
		}
	}
	if len(p.ps()) != 0 {
		t.Error("it does not answer any more")
	}
}

// Who may not make the daemon's files is told to be root.
func TestNotRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to be another user")
	}
	p := newPlace(t)
	for name, mode := range map[string]os.FileMode{"": 0o755, "config.yaml": 0o644, "rules.yaml": 0o644} {
		if err := os.Chmod(p.path(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{daemonName, p.path("config.yaml")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "permission denied (callgate daemon is started as root)") {
		t.Errorf("%v: %s", err, out)
	}
}
