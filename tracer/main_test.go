package tracer_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
)

// roles are what a child of this package's tests may be asked to do; each file
// adds its own.
var roles = map[string]func([]string){}

func TestMain(m *testing.M) {
	victim.Dispatch(roles)
	os.Exit(m.Run())
}

// denySecret denies opens of one path.
const denySecret = `
- rule: secret
  desc: test
  condition: evt.type == "openat" and evt.arg.name == "/secret"
  output: "open %evt.arg.name"
  priority: notice
  action: deny
  errno: EXDEV
`

// opens intercepts openat where its flags bear opensMark, which the kernel
// ignores there: what Go's runtime opens is not touched.
const opensMark = 1 << 31

func opens() *seccomp.Filter {
	f := &seccomp.Filter{}
	nr, _ := syscalls.Number(syscalls.Native()[0], "openat")
	f.Add(seccomp.Key{ABI: syscalls.Native()[0], NR: nr}, seccomp.Cube{{Arg: 2, Mask: opensMark, Value: opensMark}}, seccomp.Notify)
	return f
}

// marked ends the text of an alert that may have been given before.
const marked = ", a repeat?"

// supervised is a victim under the rules, and what came of it.
type supervised struct {
	*victim.Victim
	sandbox *tracer.Sandbox
	options notify.Options
	enter   func(tracer.Entering) // another way than as a program that runs already

	mu     sync.Mutex
	alerts []string
}

func load(t *testing.T, yaml string) *rules.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := rules.Load(rules.Options{Paths: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// supervise prepares what judges a victim by the rules, in mode enforce.
func supervise(t *testing.T, v *victim.Victim, yaml string) *supervised {
	t.Helper()
	s := &supervised{Victim: v, sandbox: tracer.NewSandbox(&tracer.Facts{}, tracer.NewPolicy(load(t, yaml), rules.Enforce))}
	sup, err := tracer.New(tracer.Config{Alerts: func(a *alert.Alert) {
		s.mu.Lock()
		defer s.mu.Unlock()
		text := a.Rule + ": " + a.Output
		for _, f := range a.Fields {
			if f.Name == "callgate.repeat" {
				text += marked
			}
		}
		s.alerts = append(s.alerts, text)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sup.Close)
	s.enter = func(e tracer.Entering) {
		entry := s.sandbox.Enter(e)
		s.options.NewHandler = func() source.Handler { return sup.NewHandler(entry) }
	}
	s.enter(tracer.Entering{PID: v.Cmd.Process.Pid})
	return s
}

// serve judges until the victim has ended, and returns what it printed.
func (s *supervised) serve(t *testing.T) string {
	t.Helper()
	if err := notify.Serve(s.Listen(), s.options); err != nil {
		t.Error(err)
	}
	return s.End()
}
