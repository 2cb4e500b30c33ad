package e2e

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/internal/rig"
)

var update = flag.Bool("update", false, "write docs/compatibility.md anew from the rows that ran")

func TestMain(m *testing.M) {
	rig.Dispatch()
	flag.Parse()
	code := m.Run()
	rig.Cleanup()
	os.Exit(code)
}

// patience bounds the wait for what takes a moment on a quiet machine.
const patience = time.Minute

// A site is a node with our shim and our daemon.
type site struct {
	*rig.Node
	daemon *rig.Daemon
	sink
}

// program builds one of this tree's commands.
func program(t testing.TB, command string, tags ...string) string {
	t.Helper()
	path, err := rig.Build("cmd/"+command, tags...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// part finds "runc 1.5.2".
func part(t testing.TB, nameAndVersion string) rig.Part {
	t.Helper()
	name, version, _ := strings.Cut(nameAndVersion, " ")
	p, err := rig.Find(name, version)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newNode makes a node with our shim and without a daemon.
func newNode(t testing.TB, containerd, runtime string) *rig.Node {
	t.Helper()
	rig.NeedRoot(t)
	c := rig.NodeConfig{Containerd: part(t, containerd), Runtime: part(t, runtime), Shim: program(t, "containerd-shim-callgate-v1")}
	if c.Containerd.Whence == "long" && !rig.Long() {
		t.Skip("only in the long form (CALLGATE_LONG=1)")
	}
	return rig.ForTest(t, c)
}

// newSite makes a node and starts the daemon with rules (embedded ones when they
// are empty) and further keys of its configuration.
func newSite(t testing.TB, containerd, runtime, rules, keys string) *site {
	t.Helper()
	s := &site{Node: newNode(t, containerd, runtime)}
	s.start(t, program(t, "callgate"), rules, keys)
	return s
}

func (s *site) start(t testing.TB, callgate, rules, keys string) {
	t.Helper()
	if rules != "" {
		path := filepath.Join(s.Dir, "rules.yaml")
		if err := os.WriteFile(path, []byte(rules), 0o644); err != nil {
			t.Fatal(err)
		}
		keys += "\nrules: [" + path + "]\n"
	}
	var err error
	if s.daemon, err = s.StartDaemon(callgate, keys); err != nil {
		t.Fatal(err)
	}
}

// bounded is a context for a test that ends with it.
func bounded(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits until a condition holds.
func eventually(ctx context.Context, t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("still not so: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
