package daemon_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callgate/callgate/deploy"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/rig"
)

// unit is the daemon's.
const unit = "callgate.service"

// service is callgate as its package installs it, in a world that systemd has booted.
type service struct{ *runcPlace }

// newService installs callgate and starts its sockets. The drop-in is added to the
// unit.
func newService(t *testing.T, dropIn string) *service {
	t.Helper()
	rig.NeedRoot(t)
	runc := findRunc(t)
	w, err := rig.NewWorld(rig.WorldOptions{Boot: true})
	rig.Need(t, err)
	s := &service{&runcPlace{runc: runc, place: &place{
		t: t, dir: w.Dir, world: w, control: w.Path(control.DefaultSocket), agent: control.DefaultAgentSocket,
	}}}
	t.Cleanup(func() {
		if t.Failed() {
			for _, name := range []string{"systemd.log", "callgate.log"} {
				text, _ := os.ReadFile(s.path(name))
				t.Logf("%s:\n%s", name, text)
			}
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	program, err := rig.Build("cmd/callgate")
	if err != nil {
		t.Fatal(err)
	}
	s.install(program, "/usr/bin/callgate", 0o755)
	entries, err := deploy.Units.ReadDir("systemd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := deploy.Units.ReadFile("systemd/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		s.put("/usr/lib/systemd/system/"+e.Name(), string(text))
	}
	// There is no journal in the world.
	s.put("/etc/systemd/system/"+unit+".d/test.conf", "[Service]\nStandardError=append:"+s.path("callgate.log")+"\n"+dropIn)
	s.put("/etc/callgate/config.yaml", "mode: enforce\nrules: ["+s.path("rules.yaml")+"]\nsinks: [\"file:"+s.path("alerts")+"\"]\n")
	s.write("rules.yaml", runcRules)
	s.systemctl("daemon-reload")
	s.systemctl("enable", unit)
	s.systemctl("start", "callgate.socket", "callgate-agent.socket")
	return s
}

// install copies a file to where the world has it.
func (s *service) install(from, to string, mode os.FileMode) {
	s.t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(s.world.Path(to), content, mode)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// put writes a file of the world.
func (s *service) put(path, text string) {
	s.t.Helper()
	path = s.world.Path(path)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// call runs a program in the world to its end and returns what it printed.
func (s *service) call(name string, args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	out, err := s.world.Run(ctx, name, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *service) systemctl(args ...string) string {
	s.t.Helper()
	return s.call("systemctl", args...)
}

// show is a property of the daemon's unit.
func (s *service) show(property string) string {
	s.t.Helper()
	return strings.TrimSpace(s.systemctl("show", "--value", "--property", property, unit))
}

// replaced waits until another process than pid is the daemon.
func (s *service) replaced(pid string) {
	s.t.Helper()
	eventually(s.t, "another daemon", func() bool {
		now := s.show("MainPID")
		return now != pid && now != "0" && s.show("ActiveState") == "active"
	})
}
