package daemon_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/seccomp/syscalls"
)

func TestAdmission(t *testing.T) {
	p := newPlace(t)
	p.start()
	a := p.admit(podContainer("one", map[string]string{
		"callgate.dev/mode": "enforce", "callgate.dev/on-supervisor-loss": "allow", "callgate.dev/rules": "strict",
	}))
	if !a.Supervise || a.Policy.Mode != control.Enforce || a.Policy.OnSupervisorLoss != control.Hold {
		t.Errorf("admission %+v", a)
	}
	if len(a.Notes) != 1 || !strings.Contains(a.Notes[0], "looser than the node's hold") {
		t.Errorf("notes %q", a.Notes)
	}
	p.waitAlert(`"rule":"Annotation Refused"`, `"source":"internal"`, `"container.id":"one"`, `"k8s.pod.name":"pod-of-one"`, "on-supervisor-loss")
	// Nobody keeps its listener, so it is the daemon's own.
	profile := readProfile(t, a.Profile)
	if m, err := meta.ParseMetadata(profile.ListenerMetadata); err != nil || m.ID != "one" || profile.ListenerPath != p.path("a.sock") {
		t.Errorf("listener %s %s, %v", profile.ListenerPath, profile.ListenerMetadata, err)
	}
	if got := decide(t, profile, "unshare", 0x400); got != seccomp.Notify {
		t.Errorf("unshare: %v", got)
	}
	if got := decide(t, profile, "io_uring_setup", 0); got != seccomp.Errno(unix.ENOSYS) { // enforced
		t.Errorf("io_uring_setup: %v", got)
	}

	pause := podContainer("pause", map[string]string{"io.kubernetes.cri.container-type": "sandbox"})
	if a := p.admit(pause); a.Supervise || a.Reason == "" || a.Profile != nil {
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

func readProfile(t *testing.T, text []byte) *specs.LinuxSeccomp {
	t.Helper()
	p := new(specs.LinuxSeccomp)
	if err := json.Unmarshal(text, p); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return p
}

// decide is what a profile says of a call with a first argument.
func decide(t *testing.T, p *specs.LinuxSeccomp, call string, arg uint64) seccomp.Action {
	t.Helper()
	m, err := oci.NewModel(p)
	if err != nil {
		t.Fatal(err)
	}
	nr, _ := syscalls.Number(syscalls.Native()[0], call)
	action, _ := m.Decide(syscalls.Native()[0], nr, &[6]uint64{arg})
	return action
}

// A container's own profile is merged, for the listener that its keeper named; one
// that was prepared keeps what it has.
func TestAdmittedProfile(t *testing.T) {
	p := newPlace(t)
	p.start()
	question := control.Admit{
		Version: control.Version, Container: podContainer("one", nil), Listener: "/run/x.sock",
		Profile: []byte(`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["unshare","read"],"action":"SCMP_ACT_ALLOW"}]}`),
	}
	for range 2 {
		var a control.Admission
		if err := p.ask(control.KindAdmit, question, control.KindAdmitted, &a); err != nil {
			t.Fatal(err)
		}
		profile := readProfile(t, a.Profile)
		if profile.ListenerPath != "/run/x.sock" || decide(t, profile, "unshare", 0x400) != seccomp.Notify || decide(t, profile, "mkdir", 0) != seccomp.Errno(unix.EPERM) {
			t.Errorf("profile %s", a.Profile)
		}
	}
	var a control.Admission
	question.Prepared, question.Profile = true, nil
	if err := p.ask(control.KindAdmit, question, control.KindAdmitted, &a); err != nil || !a.Supervise || a.Profile != nil {
		t.Errorf("prepared: %+v, %v", a, err)
	}
	question.Prepared, question.Profile = false, []byte(`{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/other.sock"}`)
	if err := p.ask(control.KindAdmit, question, control.KindAdmitted, nil); err == nil || !strings.Contains(err.Error(), "/other.sock") || !strings.Contains(err.Error(), "container one") {
		t.Errorf("a foreign listener: %v", err)
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
