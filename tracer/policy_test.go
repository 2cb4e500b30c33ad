package tracer_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/notify"
)

func init() {
	// Opens a file for each byte of its standard input, and prints the results.
	roles["opens on demand"] = func([]string) {
		victim.BeWatched(opens(), seccomp.BestFlags())
		path := []byte("/secret\x00")
		for b := make([]byte, 1); ; {
			if _, err := os.Stdin.Read(b); err != nil {
				return
			}
			_, _, errno := unix.Syscall6(unix.SYS_OPENAT, ^uintptr(0), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|opensMark, 0, 0, 0)
			fmt.Print(int(errno), " ")
		}
	}
}

// reported waits for the nth alert.
func (s *supervised) reported(t *testing.T, n int) string {
	t.Helper()
	for end := time.Now().Add(victim.Limit); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		alerts := s.alerts
		s.mu.Unlock()
		if len(alerts) == n {
			return alerts[n-1]
		}
		if len(alerts) > n || time.Now().After(end) {
			t.Fatalf("alerts %q, want %d", alerts, n)
		}
	}
}

const denyInContainer = `
- rule: secret
  desc: test
  condition: evt.type == "openat" and evt.arg.name == "/secret"
  output: "in %container.name"
  priority: notice
  action: deny
  errno: EXDEV
`

// Rules, mode and facts of one sandbox are replaced while its calls are served.
func TestPolicyAndFactsAreReplaced(t *testing.T) {
	s := supervise(t, victim.Start(t, false, "opens on demand"), denyInContainer)
	served := make(chan error, 1)
	l := s.Listen()
	go func() { served <- notify.Serve(l, s.options) }()
	facts := func(name string) {
		c := event.UnknownContainer()
		c.Name = name
		s.sandbox.SetFacts(&tracer.Facts{Container: c})
	}
	facts("first")
	s.Say("a")
	if got := s.reported(t, 1); !strings.HasSuffix(got, "in first") {
		t.Error(got)
	}
	facts("second")
	s.sandbox.SetPolicy(tracer.NewPolicy(load(t, denyInContainer), rules.Monitor))
	s.Say("b")
	if got := s.reported(t, 2); !strings.HasSuffix(got, "in second") {
		t.Error(got)
	}
	s.sandbox.SetPolicy(tracer.NewPolicy(load(t, strings.Replace(denyInContainer, "EXDEV", "EMFILE", 1)), rules.Enforce))
	s.Say("c")
	s.reported(t, 3)
	s.CloseInput()
	if got, want := s.End(), fmt.Sprint(int(unix.EXDEV), int(unix.ENOENT), int(unix.EMFILE)); got != want {
		t.Errorf("results %s, want %s", got, want)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// What the runtime does before the user's first program runs is let through,
// whatever the rules say, and nothing is told of it.
func TestRuntimesOwnCallsPass(t *testing.T) {
	for name, announced := range map[string]bool{"announced": true, "not announced": false} {
		t.Run(name, func(t *testing.T) {
			s := supervise(t, victim.Start(t, false, "opens on demand"), denySecret)
			e := tracer.Entering{ExecSeen: true}
			if announced {
				e.PID = s.Cmd.Process.Pid
			}
			s.enter(e)
			s.Say("abc")
			s.CloseInput()
			if got, want := s.serve(t), fmt.Sprint(int(unix.ENOENT), int(unix.ENOENT), int(unix.ENOENT)); got != want || len(s.alerts) > 0 {
				t.Errorf("results %s, want %s; alerts %v", got, want, s.alerts)
			}
		})
	}
}
