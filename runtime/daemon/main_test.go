package daemon_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/daemon/systemd"
	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/tracer/recording"
)

// The test binary is, under other names, what the tests need as processes of
// their own.
const (
	daemonName  = "cg-test-daemon"  // ARG: a configuration file
	victimsName = "cg-test-victims" // ARG: how many
	connectName = "cg-test-connect" // ARG: a socket
)

// recordEnv names the file into which a daemon records.
const recordEnv = "CALLGATE_TEST_RECORD"

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
		o := daemon.Options{
			Config: c, Version: "test", Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
			Manager: systemd.FromEnvironment(), Descriptors: systemd.Descriptors(),
		}
		if path := os.Getenv(recordEnv); path != "" {
			w, err := recording.Create(path, "node", func(err error) { fmt.Fprintln(os.Stderr, err) })
			if err != nil {
				panic(err)
			}
			o.Record = w.Put
			defer w.Close()
		}
		var d *daemon.Daemon
		d, err = daemon.New(o)
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
		c, err := control.Dial(p.t.Context(), p.control)
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
	c, err := control.Dial(p.t.Context(), p.control)
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
