package daemon_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

func TestAdmission(t *testing.T) {
	p := newPlace(t)
	p.start()
	a := p.admit(podContainer("one", map[string]string{
		"callgate.dev/mode": "enforce", "callgate.dev/on-supervisor-loss": "allow", "callgate.dev/rules": "strict",
	}))
	if !a.Supervise || !a.Enforce || a.Policy.Mode != control.Enforce || a.Policy.OnSupervisorLoss != control.Hold || a.AgentSocket != p.path("a.sock") {
		t.Errorf("admission %+v", a)
	}
	if len(a.Notes) != 1 || !strings.Contains(a.Notes[0], "looser than the node's hold") {
		t.Errorf("notes %q", a.Notes)
	}
	p.waitAlert(`"rule":"Annotation Refused"`, `"source":"internal"`, `"container.id":"one"`, `"k8s.pod.name":"pod-of-one"`, "on-supervisor-loss")
	nr, _ := syscalls.Number(syscalls.Native()[0], "unshare")
	if got := a.Filter.Decide(syscalls.Native()[0], nr, &[6]uint64{0x400}); got != seccomp.Notify {
		t.Errorf("unshare: %v", got)
	}

	pause := podContainer("pause", map[string]string{"io.kubernetes.cri.container-type": "sandbox"})
	if a := p.admit(pause); a.Supervise || a.Reason == "" || a.Filter != nil {
		t.Errorf("the pause container: %+v", a)
	}
	for want, admit := range map[string]control.Admit{
		"install daemon and shim of the same release": {Version: 99, Container: podContainer("x", nil)},
		"has no id": {Version: control.Version},
	} {
		if err := p.ask(control.KindAdmit, admit, control.KindAdmitted, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestSupervision(t *testing.T) {
	p := newPlace(t)
	p.configure("mode: enforce")
	p.start()
	v := newVictims(t, 3)
	k := p.keep(podContainer("judged", nil))
	k.add(v, 0)
	k.add(v, 1)
	if errno := v.unshare(0, 0); errno != 0 {
		t.Errorf("a call that is only logged: %v", errno)
	}
	// An alert is written before its call is answered.
	if last := p.alerts(); !holds(last[len(last)-1], `"rule":"Unshare"`, `"container.id":"judged"`, `"k8s.pod.name":"pod-of-judged"`, `"k8s.ns.name":"default"`) {
		t.Errorf("alerts %q", last)
	}
	if errno := v.unshare(1, 0x400); errno != unix.EACCES {
		t.Errorf("a call that is denied: %v", errno)
	}
	eventually(t, "both calls to be counted", func() bool { return p.ps()[0].Notifications == 2 })
	ps := p.ps()
	if len(ps) != 1 || ps[0].Listeners != 2 || ps[0].Alerts != 2 || ps[0].P99 <= 0 ||
		ps[0].Container.Pod.Name != "pod-of-judged" || ps[0].Policy.Mode != control.Enforce || len(ps[0].Unseen) != 0 {
		t.Errorf("ps %+v", ps)
	}

	v.quit(0)
	if m := k.next(); m.Kind != control.KindEnded || !strings.Contains(string(m.Body), `"id":0`) {
		t.Errorf("after the end of a listener: %s %s", m.Kind, m.Body)
	}
	k.send(control.KindGone, nil)
	eventually(t, "the container to go", func() bool { return len(p.ps()) == 0 })
	if errno := v.unshare(1, 0x400); errno != unix.EACCES {
		t.Errorf("what is left of it: %v", errno)
	}
	// Another container can have its id at once.
	again := p.keep(podContainer("judged", nil))
	again.add(v, 2)
	if errno := v.unshare(2, 0); errno != 0 || len(p.ps()) != 1 {
		t.Errorf("its successor: %v, %+v", errno, p.ps())
	}
	eventually(t, "its call to be counted", func() bool { return p.ps()[0].Notifications == 1 })
}

func TestOneKeeperAContainer(t *testing.T) {
	p := newPlace(t)
	p.start()
	v := newVictims(t, 1)
	k := p.keep(podContainer("one", nil))
	k.add(v, 0)

	// The same process may come again, with all it has; it is served meanwhile.
	k.conn.Close()
	if errno := v.unshare(0, 0); errno != 0 {
		t.Errorf("without a connection: %v", errno)
	}
	k.again()
	if ps := p.ps(); len(ps) != 1 || ps[0].Listeners != 1 {
		t.Errorf("ps %+v", ps)
	}
	if errno := v.unshare(0, 0); errno != 0 {
		t.Errorf("after a new connection: %v", errno)
	}
	// Another one may not, as long as the first lives.
	out, err := connectAs(t, p.path("c.sock"), os.Geteuid(), "keep", "one")
	if err != nil || !strings.Contains(out, "supervised already: process "+fmt.Sprint(os.Getpid())) {
		t.Errorf("%s, %v", out, err)
	}
	if errno := v.unshare(0, 0); errno != 0 {
		t.Errorf("after a foreign keeper: %v", errno)
	}
}

func TestGap(t *testing.T) {
	p := newPlace(t)
	p.start()
	k := p.keep(podContainer("gap", nil))
	k.send(control.KindGap, control.Gap{From: time.Unix(1000, 0), To: time.Unix(2000, 0), Policy: control.Allow, Calls: 7})
	if m := k.next(); m.Kind != control.KindNoted {
		t.Errorf("answered by %s", m.Kind)
	}
	p.waitAlert(`"rule":"Calls Went Unjudged"`, `"priority":"Critical"`, `"callgate.calls":7`, `"callgate.policy":"allow"`, "1970-01-01T00:16:40.000Z", `"container.id":"gap"`)
}

func TestStarted(t *testing.T) {
	p := newPlace(t)
	p.start()
	k := p.keep(podContainer("started", nil))
	k.send(control.KindStarted, control.Started{PID: os.Getpid()})
	eventually(t, "the process to be known", func() bool { return p.ps()[0].Container.PID == os.Getpid() })
}

// What a broken or hostile keeper sends ends its connection or is refused; the
// daemon and other containers go on.
func TestBrokenKeepers(t *testing.T) {
	p := newPlace(t)
	p.start()
	v := newVictims(t, 1)
	good := p.keep(podContainer("good", nil))
	good.add(v, 0)
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, send := range map[string]func(*testKeeper){
		"no files": func(k *testKeeper) { k.send(control.KindListener, control.Listener{ID: 1}) },
		"one file": func(k *testKeeper) { k.send(control.KindListener, control.Listener{ID: 1}, null) },
		"no slots": func(k *testKeeper) {
			k.send(control.KindListener, control.Listener{ID: 1, State: []byte("{}")}, null, null)
		},
		"no state": func(k *testKeeper) {
			k.send(control.KindListener, control.Listener{ID: 1, State: []byte(`"x"`)}, null, null)
		},
		"no body":       func(k *testKeeper) { k.send(control.KindListener, nil, null, null) },
		"another kind":  func(k *testKeeper) { k.send(control.KindPs, nil) },
		"unknown kind":  func(k *testKeeper) { k.send("nonsense", nil) },
		"no listener":   func(k *testKeeper) { k.handNull(null) },
		"wrong started": func(k *testKeeper) { k.send(control.KindStarted, "x") },
	} {
		t.Run(name, func(t *testing.T) {
			k := p.keep(podContainer("bad-"+strings.ReplaceAll(name, " ", "-"), nil))
			defer k.conn.Close()
			send(k)
			eventually(t, "an answer or the end", func() bool {
				select {
				case m, open := <-k.answers:
					return !open || m.Kind == control.KindRefused || m.Kind == control.KindEnded
				default:
					return false
				}
			})
		})
	}
	if errno := v.unshare(0, 0); errno != 0 {
		t.Errorf("another container's call: %v", errno)
	}
	eventually(t, "the broken ones to go", func() bool { return len(p.ps()) == 1 })
}

func TestKeepNeedsAContainer(t *testing.T) {
	p := newPlace(t)
	p.start()
	for want, k := range map[string]control.Keep{
		"named no container": {Version: control.Version, Policy: control.Policy{Mode: control.Monitor, OnSupervisorLoss: control.Hold}},
		"of the same release": {
			Version: control.Version + 1, Container: meta.Container{ID: "x"}, Policy: control.Policy{Mode: control.Monitor, OnSupervisorLoss: control.Hold},
		},
	} {
		if err := p.ask(control.KindKeep, k, control.KindKept, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := p.ask("nonsense", nil, control.KindDone, nil); err == nil || !strings.Contains(err.Error(), "knows no request") {
		t.Errorf("an unknown request: %v", err)
	}
}

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
