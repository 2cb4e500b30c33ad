package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// runcRules report each echo, and deny whoami.
const runcRules = `
- rule: Echo
  desc: d
  condition: spawned_process and proc.name == "echo"
  output: echo args=%proc.args parent=%proc.pname container=%container.id
  priority: notice
- rule: No whoami
  desc: d
  condition: spawned_process and proc.name == "whoami"
  output: whoami container=%container.id
  priority: warning
  action: deny
- rule: Runtime seen
  desc: runc's own doing is no event.
  condition: spawned_process and proc.name startsWith "runc"
  output: the runtime
  priority: notice
`

// runcPlace is a place with runc in a world of its own.
type runcPlace struct {
	*place
	runc   string
	bundle int
}

func newRunc(t *testing.T) *runcPlace {
	t.Helper()
	rig.NeedRoot(t)
	runc := findRunc(t)
	w, err := rig.NewWorld(rig.WorldOptions{})
	rig.Need(t, err)
	p := newPlace(t) // removed after the world's end
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	p.world = w
	p.write("rules.yaml", runcRules)
	p.configure("mode: enforce")
	return &runcPlace{place: p, runc: runc}
}

// findRunc is the path of Debian's runc.
func findRunc(t *testing.T) string {
	t.Helper()
	part, err := rig.Find("runc", "1.1.5")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := part.Dir()
	rig.Need(t, err)
	return filepath.Join(dir, "runc")
}

// run runs runc to its end.
func (p *runcPlace) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	return p.world.Run(ctx, p.runc, append([]string{"--root", p.path("runc")}, args...)...)
}

// detach runs a command of runc that leaves a process behind, which must not hold
// the test's pipes.
func (p *runcPlace) detach(args ...string) error {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	_, err := p.world.Run(ctx, "sh", append([]string{"-c", `exec "$0" "$@" </dev/null >/dev/null 2>&1`, p.runc, "--root", p.path("runc")}, args...)...)
	return err
}

// makeBundle makes a bundle of busybox whose profile names the agent socket.
func (p *runcPlace) makeBundle(noNewPrivileges bool, args ...string) string {
	p.t.Helper()
	p.bundle++
	dir := p.path(fmt.Sprintf("bundle%d", p.bundle))
	bin := filepath.Join(dir, "rootfs", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		p.t.Fatal(err)
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		rig.Need(p.t, &rig.MissingError{What: "busybox-static"})
	}
	content, err := os.ReadFile(busybox)
	if err == nil {
		err = os.WriteFile(filepath.Join(bin, "busybox"), content, 0o755)
	}
	for _, applet := range []string{"sh", "echo", "whoami", "sleep", "true"} {
		if err == nil {
			err = os.Symlink("busybox", filepath.Join(bin, applet))
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	var namespaces []specs.LinuxNamespace
	for _, kind := range []specs.LinuxNamespaceType{specs.PIDNamespace, specs.MountNamespace, specs.IPCNamespace, specs.UTSNamespace, specs.NetworkNamespace} {
		namespaces = append(namespaces, specs.LinuxNamespace{Type: kind})
	}
	config, err := json.Marshal(specs.Spec{
		Version: "1.0.2",
		Process: &specs.Process{Args: args, Cwd: "/", Env: []string{"PATH=/bin"}, NoNewPrivileges: noNewPrivileges},
		Root:    &specs.Root{Path: "rootfs"},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}, {Destination: "/dev", Type: "tmpfs", Source: "tmpfs"}},
		Linux: &specs.Linux{
			CgroupsPath: fmt.Sprintf("%s/%d", p.world.CgroupParent(), p.bundle),
			Namespaces:  namespaces,
			Seccomp: &specs.LinuxSeccomp{
				DefaultAction: specs.ActAllow, ListenerPath: p.agent,
				Syscalls: []specs.LinuxSyscall{{Names: []string{"execve", "execveat"}, Action: specs.ActNotify}},
			},
		},
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return dir
}

func TestRunc(t *testing.T) {
	p := newRunc(t)
	p.start()
	for _, nnp := range []bool{true, false} {
		id := fmt.Sprintf("judged-%v", nnp)
		out, err := p.run("run", "-b", p.makeBundle(nnp, "sh", "-c", "/bin/echo hello; /bin/whoami; echo status $?"), id)
		if err != nil || !strings.Contains(out, "hello\n") || !strings.Contains(out, "status 126") {
			t.Errorf("%q, %v", out, err)
		}
		p.waitAlert(`"rule":"Echo"`, "args=hello", `"container.id":"`+id+`"`)
		p.waitAlert(`"rule":"No whoami"`, `"callgate.enforced":true`, `"container.id":"`+id+`"`)
	}
	eventually(t, "the containers to go", func() bool { return len(p.ps()) == 0 })

	// What is executed in a running container comes with a listener of its own,
	// and has no parent inside.
	if err := p.detach("run", "-d", "-b", p.makeBundle(true, "sleep", "1000"), "long"); err != nil {
		t.Fatal(err)
	}
	if out, err := p.run("exec", "long", "echo", "executed"); err != nil || out != "executed\n" {
		t.Errorf("exec: %q, %v", out, err)
	}
	p.waitAlert("args=executed parent=<NA>", `"container.id":"long"`)
	if _, err := p.run("exec", "long", "whoami"); err == nil {
		t.Error("a denied program was executed")
	}
	if err := p.detach("exec", "-d", "long", "sleep", "1000"); err != nil {
		t.Error(err)
	}
	eventually(t, "two listeners", func() bool { ps := p.ps(); return len(ps) == 1 && ps[0].Listeners == 2 })
	if _, err := p.run("delete", "-f", "long"); err != nil {
		t.Error(err)
	}
	eventually(t, "the container to go", func() bool { return len(p.ps()) == 0 })
	for _, a := range p.alerts() {
		if strings.Contains(a, "Runtime seen") {
			t.Errorf("runc's own doing was reported: %s", a)
		}
	}
}

// The daemon is killed again and again while containers execute programs without
// pause: no command fails, and each is reported, once or marked as a repeat.
func TestKilledUnderLoad(t *testing.T) {
	const kills, containers = 20, 2
	p := newRunc(t)
	m := newManager(p.place)
	r := m.start()
	baseline := descriptors(t, r)
	loads := make([]*load, containers)
	for i := range loads {
		loads[i] = p.startLoad()
	}
	eventually(t, "both containers to run", func() bool { return len(p.ps()) == containers })
	for range kills {
		p.awaitLoad()
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		r.signal(syscall.SIGKILL)
		r = m.start()
	}
	for _, l := range loads {
		l.stop()
	}
	eventually(t, "the store to be empty", func() bool { return len(m.kept()) == 2 })
	// A few handles on /proc are opened once and kept.
	eventually(t, "the descriptors to be closed", func() bool { return descriptors(t, r) <= baseline+8 })
	for _, l := range loads {
		l.check()
	}
}

// descriptors is how many a daemon has open.
func descriptors(t *testing.T, r *running) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
