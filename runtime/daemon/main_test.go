package daemon_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/daemon/systemd"
	"github.com/callgate/callgate/runtime/internal/rig"
)

// The test binary is, under other names, what the tests need as processes of
// their own.
const (
	daemonName  = "cg-test-daemon"  // ARG: a configuration file
	victimsName = "cg-test-victims" // ARG: how many
	connectName = "cg-test-connect" // ARG: a socket
)

func TestMain(m *testing.M) {
	rig.Dispatch()
	switch os.Args[0] {
	case daemonName:
		os.Exit(daemonMain(os.Args[1]))
	case victimsName:
		os.Exit(victimsMain(os.Args[1]))
	case connectName:
		os.Exit(connectMain(os.Args[1]))
	}
	code := m.Run()
	rig.Cleanup()
	os.Exit(code)
}

// patience is far more than anything here takes on a busy machine.
const patience = 90 * time.Second

func daemonMain(file string) int {
	if os.Getenv("LISTEN_FDS") != "" {
		// Only systemd can know the process's id before it executes the program.
		os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	}
	c, err := config.Load(file)
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		var d *daemon.Daemon
		d, err = daemon.New(daemon.Options{
			Config: c, Version: "test", Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
			Manager: systemd.FromEnvironment(), Descriptors: systemd.Descriptors(),
		})
		if err == nil {
			hangups := make(chan os.Signal, 1)
			signal.Notify(hangups, syscall.SIGHUP)
			go func() {
				for range hangups {
					_ = d.Hangup() // it logs
				}
			}()
			err = d.Run(ctx)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// place is where a daemon's files are.
type place struct {
	t     *testing.T
	dir   string
	world *rig.World // nil: the daemon runs where the test does
	files []*os.File // that the daemon is started with
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
	p := &place{t: t, dir: dir}
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

// running is a daemon in a process of its own.
type running struct {
	t     *testing.T
	place *place
	cmd   *exec.Cmd
	log   *os.File
	ended chan error
}

// start starts a daemon and waits until it answers.
func (p *place) start(env ...string) *running {
	p.t.Helper()
	r := p.launch(env...)
	eventually(p.t, "the daemon to answer", func() bool {
		select {
		case err := <-r.ended:
			p.t.Fatalf("the daemon ended: %v\n%s", err, r.logged())
		default:
		}
		c, err := control.Dial(p.t.Context(), p.path("c.sock"))
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return r
}

func (p *place) launch(env ...string) *running {
	p.t.Helper()
	log, err := os.OpenFile(p.path("log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{daemonName, p.path("config.yaml")}
	cmd.Stderr = log
	cmd.Env = append(os.Environ(), env...)
	cmd.ExtraFiles = p.files
	begin := cmd.Start
	if p.world != nil {
		begin = func() error { return p.world.Start(cmd) }
	}
	if err := begin(); err != nil {
		p.t.Fatal(err)
	}
	r := &running{p.t, p, cmd, log, make(chan error, 1)}
	go func() { r.ended <- cmd.Wait() }()
	p.t.Cleanup(func() {
		r.signal(syscall.SIGKILL)
		if p.t.Failed() {
			p.t.Log(r.logged())
		}
		log.Close()
	})
	return r
}

func (r *running) logged() string {
	b, _ := os.ReadFile(r.log.Name())
	return string(b)
}

// signal ends the daemon and waits for its end.
func (r *running) signal(s syscall.Signal) error {
	_ = r.cmd.Process.Signal(s)
	select {
	case err := <-r.ended:
		r.ended <- err
		return err
	case <-time.After(patience):
		r.t.Errorf("the daemon did not end by %v", s)
		return nil
	}
}

// dial connects to the control socket.
func (p *place) dial() *control.Conn {
	p.t.Helper()
	c, err := control.Dial(p.t.Context(), p.path("c.sock"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a request on a connection of its own.
func (p *place) ask(kind control.Kind, body any, want control.Kind, answer any) error {
	p.t.Helper()
	c := p.dial()
	defer c.Close()
	m, err := control.NewMessage(kind, body)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	return c.Ask(ctx, m, want, answer)
}

// ps are the containers under supervision.
func (p *place) ps() []control.ContainerStatus {
	p.t.Helper()
	var got control.Containers
	if err := p.ask(control.KindPs, nil, control.KindContainers, &got); err != nil {
		p.t.Fatal(err)
	}
	return got.Containers
}
