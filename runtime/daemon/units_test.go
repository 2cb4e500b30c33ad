package daemon_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Whoever connects to a socket starts the daemon, which tells systemd what it does.
func TestStartedBySocket(t *testing.T) {
	s := newService(t, "")
	if out := s.call("systemd-analyze", "verify", unit, "callgate.socket", "callgate-agent.socket"); out != "" {
		t.Errorf("systemd-analyze verify: %s", out)
	}
	if state := s.show("ActiveState"); state != "inactive" {
		t.Errorf("the daemon is %s before anybody connects", state)
	}
	if len(s.ps()) != 0 {
		t.Error("containers of nobody's")
	}
	eventually(t, "the start to be over", func() bool { return s.show("ActiveState") == "active" })
	for property, want := range map[string]string{
		"Type":                 "notify",
		"StatusText":           "supervising 0 containers by 4 rules in mode enforce (0 listeners)",
		"WatchdogUSec":         "1min",
		"NFileDescriptorStore": "0",
		"NRestarts":            "0",
	} {
		if got := s.show(property); got != want {
			t.Errorf("%s=%s, want %s", property, got, want)
		}
	}
	if out := s.systemctl("status", unit); !strings.Contains(out, `Status: "supervising 0 containers`) || !strings.Contains(out, "callgate-agent.socket") {
		t.Errorf("systemctl status: %s", out)
	}
	if info, err := os.Stat(s.world.Path("/var/lib/callgate")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("state directory: %v, %v", info, err)
	}
	s.systemctl("reload", unit)
	eventually(t, "the reload to be over", func() bool { return s.show("ActiveState") == "active" })

	// A runtime that hands over a listener starts it as well.
	s.systemctl("stop", unit)
	if state := s.show("ActiveState"); state != "inactive" {
		t.Errorf("the daemon is %s after its stop", state)
	}
	if out, err := s.run("run", "-b", s.makeBundle(true, "sh", "-c", "/bin/echo hello; /bin/whoami; echo status $?"), "judged"); err != nil || out != "hello\nstatus 126\n" {
		t.Errorf("%q, %v", out, err)
	}
	s.waitAlert(`"rule":"No whoami"`, `"callgate.enforced":true`, `"container.id":"judged"`)
}

// However the daemon ends, containers go on, and no call of theirs is lost.
func TestRestartedBySystemd(t *testing.T) {
	// On a machine that is busy for so long the daemon is ended once more.
	s := newService(t, "WatchdogSec=5s\n")
	l := s.startLoad()
	s.awaitLoad()
	for _, step := range []struct {
		name string
		end  func()
	}{
		{"killed", func() { s.systemctl("kill", "--signal=KILL", unit) }},
		{"restarted", func() { s.systemctl("restart", unit) }},
		{"hangs", func() { s.systemctl("kill", "--signal=STOP", unit) }},
		{"killed once more", func() { s.systemctl("kill", "--signal=KILL", unit) }},
	} {
		t.Log(step.name)
		pid := s.show("MainPID")
		step.end()
		s.replaced(pid)
		s.awaitLoad()
		if n := s.show("NFileDescriptorStore"); n != "3" {
			t.Errorf("%s: systemd keeps %s descriptors, want 3 of a listener", step.name, n)
		}
		eventually(t, "the status to tell of it", func() bool { return strings.HasPrefix(s.show("StatusText"), "supervising 1 containers") })
	}
	if log, err := os.ReadFile(s.path("callgate.log")); err != nil || !strings.Contains(string(log), "SIGABRT") {
		t.Errorf("the watchdog did not end a daemon that hangs: %v", err)
	}
	l.stop()
	eventually(t, "the store to be empty", func() bool { return s.show("NFileDescriptorStore") == "0" })
	eventually(t, "the status to say so", func() bool { return strings.HasPrefix(s.show("StatusText"), "supervising 0 containers") })
	l.check()
}

// systemd closes what it keeps when the service is stopped for good: a container
// that has no shim loses its listener, and its calls fail rather than go unjudged.
func TestStoppedBySystemd(t *testing.T) {
	s := newService(t, "")
	out, err := os.Create(s.path("out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	// One stream, since runc does not keep the order of two.
	bundle := s.makeBundle(true, "sh", "-c", "exec 2>&1; /bin/echo begun; read x </go; /bin/echo first || /bin/echo second || echo end")
	if err := unix.Mkfifo(filepath.Join(bundle, "rootfs", "go"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(s.runc, "--root", s.path("runc"), "run", "-b", bundle, "plain")
	c.Stdout, c.Stderr = out, out
	if err := s.world.Start(c); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	eventually(t, "the container to begin", func() bool {
		text, err := os.ReadFile(out.Name())
		return err == nil && string(text) == "begun\n"
	})
	s.systemctl("stop", unit)
	if err := os.WriteFile(filepath.Join(bundle, "rootfs", "go"), nil, 0); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("the container did not end")
	}
	const want = "begun\nsh: /bin/echo: Function not implemented\nsh: /bin/echo: Function not implemented\nend\n"
	if text, err := os.ReadFile(out.Name()); err != nil || string(text) != want {
		t.Errorf("the container said %q, %v; want %q", text, err, want)
	}

	// The next daemon begins anew.
	s.systemctl("start", unit)
	if ps := s.ps(); len(ps) != 0 {
		t.Errorf("ps %+v", ps)
	}
	if out, err := s.run("run", "-b", s.makeBundle(true, "sh", "-c", "/bin/echo hello; /bin/whoami; echo status $?"), "next"); err != nil || !strings.HasSuffix(out, "status 126\n") {
		t.Errorf("%q, %v", out, err)
	}
	s.waitAlert(`"rule":"No whoami"`, `"container.id":"next"`)
}
