package shim

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/standin"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/runtime/prepare"
	"github.com/callgate/callgate/runtime/runc"
)

// rigged is a shim's containers without a containerd.
type rigged struct {
	*containers
	request request
}

func newRigged(t *testing.T) *rigged {
	t.Helper()
	// Not t.TempDir, whose names are too long for a socket's address.
	dir, err := os.MkdirTemp("", "shim")
	if err != nil {
		t.Fatal(err)
	}
	r := &rigged{containers: &containers{sockets: filepath.Join(dir, "s")}}
	t.Cleanup(func() {
		r.closeAll()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	bundle := filepath.Join(dir, "bundle")
	if err := os.Mkdir(bundle, 0o755); err != nil {
		t.Fatal(err)
	}
	r.request = request{Request: prepare.Request{
		Namespace: "n", ID: "c", Bundle: bundle, Socket: filepath.Join(dir, "daemon.sock"),
		Runtime: func(context.Context) (*runc.Features, error) { return &runc.Features{Notify: true}, nil },
	}}
	r.write(t, `{"linux":{}}`)
	return r
}

func (r *rigged) config() string { return filepath.Join(r.request.Bundle, "config.json") }

func (r *rigged) write(t *testing.T, config string) {
	t.Helper()
	if err := os.WriteFile(r.config(), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r *rigged) read(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(r.config())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (r *rigged) supervise(ctx context.Context) error {
	c, err := r.add(r.request.ID)
	if err != nil {
		return err
	}
	return c.supervise(ctx, r.request)
}

func (r *rigged) socket() string { return socketPath(r.sockets, r.request.Bundle) }

func (r *rigged) listens() bool {
	c, err := net.Dial("unix", r.socket())
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

func TestSupervise(t *testing.T) {
	r := newRigged(t)
	d := standin.Start(t, r.request.Socket)
	if err := r.supervise(t.Context()); err != nil {
		t.Fatal(err)
	}
	if config := r.read(t); !strings.Contains(config, r.socket()) || !r.listens() || len(d.Asked()) != 1 {
		t.Errorf("not ready: %s, %v", config, d.Asked())
	}
	info, err := os.Stat(r.socket())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("agent socket: %v, %v", info, err)
	}
	if err := r.supervise(t.Context()); !errdefs.IsAlreadyExists(err) {
		t.Errorf("a second container of this id: %v", err)
	}
	r.remove("c")
	if _, err := os.Stat(r.socket()); !os.IsNotExist(err) {
		t.Errorf("agent socket after the end: %v", err)
	}
}

// Two shims for one bundle: the second one's container is not made, and the
// first one's goes on.
func TestSecondShim(t *testing.T) {
	r := newRigged(t)
	standin.Start(t, r.request.Socket)
	if err := r.supervise(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := &rigged{&containers{sockets: r.sockets}, r.request}
	if err := second.supervise(t.Context()); !errors.Is(err, unix.EADDRINUSE) || !strings.Contains(err.Error(), r.socket()) {
		t.Errorf("got %v", err)
	}
	second.closeAll()
	if !r.listens() {
		t.Error("the first shim's socket is gone")
	}
}

// A shim that was killed leaves its socket; the next one takes its place.
func TestAbandonedSocket(t *testing.T) {
	r := newRigged(t)
	standin.Start(t, r.request.Socket)
	if err := os.MkdirAll(r.sockets, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: r.socket(), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	if err := r.supervise(t.Context()); err != nil || !r.listens() {
		t.Errorf("got %v", err)
	}
}

// Who waits for a daemon is let go by the container's deletion, by the shim's end
// and by its caller.
func TestGivingUp(t *testing.T) {
	for name, end := range map[string]func(r *rigged, cancel func()){
		"delete":   func(r *rigged, _ func()) { r.giveUp("c") },
		"shutdown": func(r *rigged, _ func()) { r.closeAll() },
		"caller":   func(_ *rigged, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRigged(t)
			r.request.Hold = true
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			asked := make(chan struct{}, 1)
			features := r.request.Runtime
			r.request.Runtime = func(ctx context.Context) (*runc.Features, error) {
				asked <- struct{}{}
				return features(ctx)
			}
			go func() { done <- r.supervise(ctx) }()
			<-asked
			select {
			case err := <-done:
				t.Fatalf("it did not wait: %v", err)
			case <-time.After(300 * time.Millisecond):
			}
			end(r, cancel)
			var missing *prepare.UnavailableError
			if err := <-done; !errors.As(err, &missing) {
				t.Errorf("got %v", err)
			}
			if r.listens() || r.read(t) != `{"linux":{}}` {
				t.Error("something was done all the same")
			}
		})
	}
}

func TestAfterShutdown(t *testing.T) {
	r := newRigged(t)
	c, err := r.add("c")
	if err != nil {
		t.Fatal(err)
	}
	standin.Start(t, r.request.Socket)
	r.closeAll()
	if err := c.supervise(t.Context(), r.request); err == nil || r.listens() {
		t.Errorf("a container that was begun before: %v", err)
	}
	if _, err := r.add("d"); !errdefs.IsUnavailable(err) {
		t.Errorf("a new one: %v", err)
	}
}

// What fails leaves neither a socket nor half a bundle.
func TestRefusals(t *testing.T) {
	for name, k := range map[string]struct {
		change func(*testing.T, *rigged)
		answer func(meta.Container, *control.Admission) error
		want   string // "": no error
	}{
		"foreign listener": {
			change: func(t *testing.T, r *rigged) {
				r.write(t, `{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/other.sock"}}}`)
			},
			want: "/other.sock",
		},
		"checkpoint":  {change: func(_ *testing.T, r *rigged) { r.request.restored = true }, want: "checkpoint"},
		"no profile":  {answer: func(_ meta.Container, a *control.Admission) error { a.Profile = nil; return nil }, want: "no profile"},
		"bad policy":  {answer: func(_ meta.Container, a *control.Admission) error { a.Policy.Mode = "x"; return nil }, want: `mode "x"`},
		"refused":     {answer: func(meta.Container, *control.Admission) error { return errors.New("no such set") }, want: "no such set"},
		"left alone":  {answer: func(_ meta.Container, a *control.Admission) error { a.Supervise = false; return nil }},
		"old runtime": {change: func(_ *testing.T, r *rigged) { r.request.Runtime = noNotify }, want: "can't hand over"},
		"full disk":   {change: fillDisk, want: unix.ENOSPC.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRigged(t)
			standin.Start(t, r.request.Socket).SetAnswer(k.answer)
			if k.change != nil {
				k.change(t, r)
			}
			before := r.read(t)
			err := r.supervise(t.Context())
			if (err == nil) != (k.want == "") || err != nil && !strings.Contains(err.Error(), k.want) {
				t.Errorf("got %v, want %q", err, k.want)
			}
			r.remove("c")
			if r.listens() || r.read(t) != before {
				t.Errorf("something was left: %s", r.read(t))
			}
		})
	}
}

func noNotify(context.Context) (*runc.Features, error) { return &runc.Features{}, nil }

// fillDisk puts the bundle on a file system without room.
func fillDisk(t *testing.T, r *rigged) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount a small file system")
	}
	if err := unix.Mount("tmpfs", r.request.Bundle, "tmpfs", 0, "size=16k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(r.request.Bundle, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	r.write(t, `{"pad":"`+strings.Repeat("x", 10000)+`","linux":{}}`)
}
