package daemon_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
)

// denying are rules that deny what testRules only report.
const denying = `
- rule: No unshare
  desc: d
  condition: evt.type == "unshare" and evt.rawarg.flags == 0
  output: denied
  priority: notice
  action: deny
  errno: EBUSY
`

func TestReload(t *testing.T) {
	p := newPlace(t)
	p.configure("mode: enforce")
	r := p.start()
	v := newVictims(t, 1)
	k := p.keep(podContainer("reloaded", nil))
	k.add(v, 0)
	reload := func() error { return p.ask(control.KindReload, nil, control.KindDone, nil) }

	// Rules with mistakes change nothing, and are told once.
	p.write("rules.yaml", "- rule: Broken\n  desc: d\n  condition: nonsense\n  output: o\n  priority: notice\n")
	for range 2 {
		if err := reload(); err == nil || !strings.Contains(err.Error(), "rules.yaml:3:14") {
			t.Errorf("broken rules: %v", err)
		}
	}
	p.waitAlert(`"rule":"Rules Not Reloaded"`, "those before stay in force", "rules.yaml:3:14")
	if errno := v.unshare(0, 0); errno != 0 {
		t.Errorf("under the old rules: %v", errno)
	}
	if n := strings.Count(strings.Join(p.alerts(), "\n"), "Rules Not Reloaded"); n != 1 {
		t.Errorf("told %d times", n)
	}

	// What differs in rules of Falco's is logged.
	p.write("rules.yaml", "- required_engine_version: 0.50.0\n- rule: No unshare\n  desc: d\n  condition: evt.type = reboot\n  output: denied\n  priority: notice\n")
	if err := reload(); err != nil || !strings.Contains(r.logged(), "rules.yaml:1:3: required_engine_version is left out") {
		t.Errorf("%v\n%s", err, r.logged())
	}

	// Good ones judge the next call of a running container.
	p.write("rules.yaml", denying)
	if err := reload(); err != nil {
		t.Fatal(err)
	}
	if errno := v.unshare(0, 0); errno != unix.EBUSY {
		t.Errorf("under the new rules: %v", errno)
	}
	if ps := p.ps(); len(ps[0].Unseen) != 0 {
		t.Errorf("unseen %q", ps[0].Unseen)
	}

	// What the container's filter does not intercept can't be judged; SIGHUP.
	p.write("rules.yaml", denying+strings.ReplaceAll(denying, "nshare", "mount2"))
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	_ = reload()
	p.waitAlert(`"rule":"Container Started With Other Rules"`, "calls=umount2", `"container.id":"reloaded"`)
	eventually(t, "ps to name the call", func() bool { u := p.ps()[0].Unseen; return len(u) == 1 && u[0] == "umount2" })
	// Those that start now are seen.
	p.keep(podContainer("later", nil))
	if ps := p.ps(); len(ps) != 2 || len(ps[0].Unseen) != 0 {
		t.Errorf("a container that started later: %+v", ps)
	}
	// A later daemon knows it too.
	r.signal(syscall.SIGKILL)
	p.start()
	if err := k.connect(true); err != nil {
		t.Fatal(err)
	}
	if ps := p.ps(); len(ps) != 1 || len(ps[0].Unseen) != 1 {
		t.Errorf("after a restart: %+v", ps)
	}
}

// Changes of rule files are noticed, in each of the ways in which they are made.
func TestChangedFiles(t *testing.T) {
	p := newPlace(t)
	// As Kubernetes mounts a ConfigMap: files are links through ..data, which is
	// switched as a whole.
	for _, dir := range []string{"map", "map/..1", "map/..2"} {
		if err := os.Mkdir(p.path(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p.write("map/..1/x.yaml", denying)
	p.write("map/..2/x.yaml", strings.Replace(denying, "EBUSY", "ENOENT", 1))
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, p.path("new")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(p.path("new"), p.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..1", "map/..data")
	link("..data/x.yaml", "map/x.yaml")
	p.configure("mode: enforce\nrules: [" + p.path("map") + ", " + p.path("rules.yaml") + "]")
	p.start()
	v := newVictims(t, 1)
	p.keep(podContainer("changed", nil)).add(v, 0)
	becomes := func(what string, want unix.Errno) {
		t.Helper()
		eventually(t, what, func() bool { return v.unshare(0, 0) == want })
	}
	becomes("the first", unix.EBUSY)
	link("..2", "map/..data")
	becomes("the switched ConfigMap", unix.ENOENT)
	p.write("rules.yaml", strings.Replace(strings.Replace(denying, "EBUSY", "EPERM", 1), "No unshare", "Another", 1)+"\n- rule: No unshare\n  enabled: false\n")
	becomes("the file that was written", unix.EPERM)
	p.write("other.yaml", strings.Replace(denying, "EBUSY", "EIO", 1))
	if err := os.Rename(p.path("other.yaml"), p.path("rules.yaml")); err != nil {
		t.Fatal(err)
	}
	becomes("the file that was replaced", unix.EIO)
}

// A container can choose a rule set where the node allows it, and keeps it.
func TestChosenRules(t *testing.T) {
	p := newPlace(t)
	p.write("web.yaml", denying)
	keys := "mode: enforce\nallow_override: [rules]\n"
	p.configure(keys + "rule_sets: {web: {rules: [" + p.path("web.yaml") + "]}}")
	first := p.start()
	v := newVictims(t, 2)
	plain, web := p.keep(podContainer("plain", nil)), p.keep(podContainer("web", map[string]string{"callgate.dev/rules": "web"}))
	plain.add(v, 0)
	web.add(v, 1)
	if errno := v.unshare(0, 0); errno != 0 {
		t.Errorf("the node's rules: %v", errno)
	}
	if errno := v.unshare(1, 0); errno != unix.EBUSY {
		t.Errorf("the chosen rules: %v", errno)
	}
	// When the set has left the configuration, the node's rules judge.
	first.signal(syscall.SIGTERM)
	p.configure(keys)
	p.start()
	web.again()
	if errno := v.unshare(1, 0); errno != 0 {
		t.Errorf("without the set: %v", errno)
	}
	p.waitAlert(`"rule":"Rules Not Found"`, `"container.id":"web"`)
}
