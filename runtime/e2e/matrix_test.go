package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// matrixRules judge what script does. Their output names the container, so that
// alerts can be told apart.
const matrixRules = `
- rule: Connects
  desc: A judged call.
  condition: evt.type == "connect" and fd.sport == 9
  output: "%container.full_id"
  priority: notice
- rule: Denied
  desc: A call that is stopped.
  condition: evt.type == "ptrace" and evt.arg.request == "PTRACE_TRACEME"
  output: "%container.full_id"
  priority: warning
  action: deny
  errno: EXDEV
- rule: Base
  desc: A call that the profile RuntimeDefault denies by itself.
  condition: evt.type == "keyctl"
  output: "%container.full_id"
  priority: notice
- rule: Executes
  desc: A program that is executed.
  condition: evt.type == "execve" and proc.name == "recon"
  output: "%container.full_id"
  priority: notice
`

// script makes the calls that matrixRules judge.
const script = "probe connect 127.0.0.1:9; probe traceme; probe keyctl; recon connect 127.0.0.1:9"

// A kind of container: its profile as both clients ask for it, and what comes of
// script in it.
type kind struct {
	name   string
	ctr    []string
	cri    rig.PodContainer
	keyctl string
}

var kinds = []kind{
	{"no profile", nil, rig.PodContainer{Seccomp: cri.SecurityProfile_Unconfined}, "ok"},
	{"RuntimeDefault", []string{"--seccomp"}, rig.PodContainer{Seccomp: cri.SecurityProfile_RuntimeDefault}, "EPERM"},
	{"privileged", []string{"--privileged"}, rig.PodContainer{Privileged: true}, "ok"},
}

// said is what script prints.
func (k kind) said() []string {
	return []string{"connect: ECONNREFUSED", "traceme: EXDEV", "keyctl: " + k.keyctl, "connect: ECONNREFUSED"}
}

// alerts are the rules that script matches: what the base denies matches none.
func (k kind) alerts() []string {
	if k.keyctl != "ok" {
		return []string{"Connects", "Denied", "Executes", "Connects"}
	}
	return []string{"Connects", "Denied", "Base", "Executes", "Connects"}
}

// TestMatrix runs containers of each kind by each client on each engine and
// runtime. What passes is what docs/compatibility.md promises.
func TestMatrix(t *testing.T) {
	rig.NeedRoot(t)
	short := []string{"containerd 1.6.20, runc 1.1.5", "containerd 2.4.2, runc 1.5.2", "containerd 1.6.20, crun 1.8.1"}
	passed := map[string]bool{}
	for _, e := range engines() {
		name := e.containerd + ", " + e.runtime
		if !rig.Long() && !slices.Contains(short, name) {
			continue
		}
		t.Run(name, func(t *testing.T) { testEngine(t, e, passed) })
	}
	checkTable(t, passed)
}

// An engine is a containerd with a runtime.
type engine struct{ containerd, runtime string }

// engines are all that work without callgate: crun 1.8.1 refuses the version of
// the OCI specification that containerd 2 writes.
func engines() (all []engine) {
	for _, containerd := range named("containerd") {
		for _, runtime := range append(named("runc"), named("crun")...) {
			if runtime != "crun 1.8.1" || !strings.HasPrefix(containerd, "containerd 2.") {
				all = append(all, engine{containerd, runtime})
			}
		}
	}
	return all
}

func named(name string) (parts []string) {
	for _, p := range rig.Parts() {
		if p.Name == name {
			parts = append(parts, p.String())
		}
	}
	return parts
}

func testEngine(t *testing.T, e engine, passed map[string]bool) {
	s := newSite(t, e.containerd, e.runtime, matrixRules, "mode: enforce")
	ctx := bounded(t, 5*patience)
	c, err := s.CRI(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pod := &rig.Pod{Namespace: "default", Name: "matrix", Handler: rig.Handler, Privileged: true, HostNetwork: true}
	if err := c.RunPod(ctx, pod); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		for _, noNewPrivs := range []bool{false, true} {
			cell := cellName(k.name, noNewPrivs)
			for client, run := range map[string]func(testing.TB) (id string, said []string){
				"ctr": func(t testing.TB) (string, []string) { return runByCtr(ctx, t, s, k, noNewPrivs) },
				"CRI": func(t testing.TB) (string, []string) { return runByCRI(ctx, t, c, pod, k, noNewPrivs) },
			} {
				passed[cellKey(e, client, cell)] = t.Run(client+", "+cell, func(t *testing.T) {
					id, said := run(t)
					want := append(k.said(), k.said()...) // by its first process, and by an exec
					if !slices.Equal(said, want) {
						t.Errorf("the container said %q, want %q", said, want)
					}
					rules := append(k.alerts(), k.alerts()...)
					eventually(ctx, t, fmt.Sprintf("%d alerts from %s", len(rules), id), func() bool { return len(s.alerts(t, in(id))) >= len(rules) })
					if got := ruleNames(s.alerts(t, in(id))); !slices.Equal(got, rules) {
						t.Errorf("alerts %q, want %q", got, rules)
					}
				})
			}
		}
	}
}

// runByCtr runs script as the first process of a container and by an exec into
// it, and returns the lines it printed.
func runByCtr(ctx context.Context, t testing.TB, s *site, k kind, noNewPrivs bool) (id string, said []string) {
	t.Helper()
	id = strings.NewReplacer(" ", "-", ",", "").Replace("ctr-" + cellName(k.name, noNewPrivs))
	log := filepath.Join(s.Dir, id+".out")
	flags := append([]string{"--detach", "--net-host", "--log-uri", "file://" + log}, k.ctr...)
	if !noNewPrivs {
		flags = append(flags, "--allow-new-privs")
	}
	if _, err := s.CtrRun(ctx, rig.Container{ID: id, Handler: rig.Handler, Flags: flags, Command: []string{"/bin/sh", "-c", script + "; exec probe"}}); err != nil {
		t.Fatal(err)
	}
	eventually(ctx, t, "the first process has run its script", func() bool {
		text, _ := os.ReadFile(log)
		said = lines(string(text))
		return len(said) >= len(k.said())
	})
	out, err := s.Ctr(ctx, "tasks", "exec", "--exec-id", "e", id, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ctr(ctx, "tasks", "delete", "--force", id); err != nil {
		t.Error(err)
	}
	return id, append(said, lines(out)...)
}

// runByCRI does the same in a pod.
func runByCRI(ctx context.Context, t testing.TB, c *rig.CRI, pod *rig.Pod, k kind, noNewPrivs bool) (id string, said []string) {
	t.Helper()
	k.cri.Name = strings.NewReplacer(" ", "-", ",", "").Replace(cellName(k.name, noNewPrivs))
	k.cri.NoNewPrivs = noNewPrivs
	k.cri.Command = []string{"/bin/sh", "-c", script + "; echo end; exec probe"}
	id, err := c.Run(ctx, pod, k.cri)
	if err != nil {
		t.Fatal(err)
	}
	log, err := c.Log(ctx, pod, k.cri.Name, " F end")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines(log) { // TIME stdout F TEXT
		if f := strings.SplitN(line, " ", 4); len(f) == 4 && f[3] != "end" {
			said = append(said, f[3])
		}
	}
	out, err := c.Exec(ctx, id, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: id}); err != nil {
		t.Error(err)
	}
	return id, append(said, lines(out)...)
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

func cellName(kind string, noNewPrivs bool) string {
	if noNewPrivs {
		return kind + ", noNewPrivileges"
	}
	return kind
}

func cellKey(e engine, client, cell string) string {
	return strings.Join([]string{e.containerd, e.runtime, client, cell}, "|")
}
