package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// place is where a daemon's files are.
type place struct {
	t     *testing.T
	dir   string
	world *rig.World // nil: the daemon runs where the test does
	files []*os.File // that the daemon is started with

	control string // its control socket, as the test reaches it
	agent   string // its agent socket, as runtimes reach it
}

// testRules are the rules of most tests.
const testRules = `
- rule: Unshare
  desc: d
  condition: evt.type == "unshare" and evt.rawarg.flags == 0
  output: unshare | container=%container.id pod=%k8s.pod.name
  priority: notice
- rule: No unshare of files
  desc: d
  condition: evt.type == "unshare" and evt.rawarg.flags == 0x400
  output: unshare of files | container=%container.id
  priority: warning
  action: deny
  errno: EACCES
`

func newPlace(t *testing.T) *place {
	t.Helper()
	dir, err := os.MkdirTemp("", "cgd") // short, for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &place{t: t, dir: dir, control: filepath.Join(dir, "c.sock"), agent: filepath.Join(dir, "a.sock")}
	p.write("rules.yaml", testRules)
	p.configure("")
	return p
}

func (p *place) path(name string) string { return filepath.Join(p.dir, name) }

func (p *place) write(name, content string) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// configure writes the configuration, with some keys more.
func (p *place) configure(keys string) {
	text := fmt.Sprintf(`control_socket: %[1]s/c.sock
agent_socket: %[1]s/a.sock
containerd_socket: %[1]s/none.sock
state_dir: %[1]s/state
`, p.dir)
	for key, value := range map[string]string{"rules": p.path("rules.yaml"), "sinks": "file:" + p.path("alerts")} {
		if !strings.Contains("\n"+keys, "\n"+key+":") {
			text += fmt.Sprintf("%s: [%q]\n", key, value)
		}
	}
	p.write("config.yaml", text+keys+"\n")
}

// alerts are the lines of the sink.
func (p *place) alerts() []string {
	b, err := os.ReadFile(p.path("alerts"))
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// waitAlert waits for an alert that holds all of some texts.
func (p *place) waitAlert(texts ...string) string {
	p.t.Helper()
	var found string
	eventually(p.t, fmt.Sprintf("an alert with %q", texts), func() bool {
		for _, a := range p.alerts() {
			if holds(a, texts...) {
				found = a
				return true
			}
		}
		return false
	})
	return found
}

func holds(s string, texts ...string) bool {
	for _, text := range texts {
		if !strings.Contains(s, text) {
			return false
		}
	}
	return true
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
