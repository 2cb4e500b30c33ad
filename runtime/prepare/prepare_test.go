package prepare_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/standin"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/runtime/prepare"
	"github.com/callgate/callgate/runtime/runc"
)

// newRequest is one for a bundle with the given annotations.
func newRequest(t *testing.T, annotations string) prepare.Request {
	t.Helper()
	dir, err := os.MkdirTemp("", "prepare") // t.TempDir is too long for a socket's address
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"annotations":{`+annotations+`},"linux":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return prepare.Request{
		Namespace: "n", ID: "c", Bundle: dir, Socket: filepath.Join(dir, "sock"),
		Runtime: func(context.Context) (*runc.Features, error) {
			return &runc.Features{Notify: true, WaitKillable: true}, nil
		},
	}
}

func TestRewrite(t *testing.T) {
	r := newRequest(t, `"callgate.dev/mode":"enforce"`)
	r.Agent = "/run/x.sock"
	d := standin.Start(t, r.Socket)
	c, err := prepare.Admit(t.Context(), r)
	if err != nil || !c.Supervised() {
		t.Fatal(c, err)
	}
	if asked := d.Asked(); len(asked) != 1 || asked[0].ID != "c" || asked[0].Annotations["callgate.dev/mode"] != "enforce" {
		t.Errorf("asked about %+v", asked)
	}
	if err := c.Rewrite(); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(r.Bundle, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"listenerPath":"/run/x.sock"`, `"listenerMetadata":"{\"id\":\"c\",\"namespace\":\"n\"}"`, "WAIT_KILLABLE", "execve",
	} {
		if !strings.Contains(string(config), want) {
			t.Errorf("config.json has no %s: %s", want, config)
		}
	}
}

// A container that is prepared twice, as after a failed start, keeps what the first
// time gave it.
func TestTwice(t *testing.T) {
	r := newRequest(t, "")
	standin.Start(t, r.Socket)
	var first string
	for range 2 {
		c, err := prepare.Admit(t.Context(), r)
		if err == nil {
			err = c.Rewrite()
		}
		if err != nil {
			t.Fatal(err)
		}
		config, err := os.ReadFile(filepath.Join(r.Bundle, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(config)
		}
		if string(config) != first || !strings.Contains(first, control.DefaultAgentSocket) {
			t.Errorf("first %s, then %s", first, config)
		}
		r.Agent = "/elsewhere"
	}
}

// What can't be asked in one message is told by name, and is no missing daemon.
func TestLargeProfile(t *testing.T) {
	r := newRequest(t, "")
	standin.Start(t, r.Socket)
	r.Hold = true
	large := `{"linux":{"seccomp":{"defaultAction":"` + strings.Repeat("x", control.MaxProfile) + `"}}}`
	if err := os.WriteFile(filepath.Join(r.Bundle, "config.json"), []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare.Admit(t.Context(), r); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

// Only the pause container itself is left alone, not what calls itself one.
func TestPause(t *testing.T) {
	r := newRequest(t, `"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-id":"c"`)
	if c, err := prepare.Admit(t.Context(), r); err != nil || c.Supervised() || c.Admission.Reason == "" { // nobody was asked
		t.Errorf("%+v, %v", c, err)
	}
	for _, annotations := range []string{
		`"io.kubernetes.cri.container-type":"sandbox"`,
		`"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-id":"d"`,
	} {
		r := newRequest(t, annotations)
		standin.Start(t, r.Socket)
		if c, err := prepare.Admit(t.Context(), r); err != nil || !c.Supervised() {
			t.Errorf("%s: %+v, %v", annotations, c, err)
		}
	}
}

func TestHold(t *testing.T) {
	r := newRequest(t, "")
	var missing *prepare.UnavailableError
	if _, err := prepare.Admit(t.Context(), r); !errors.As(err, &missing) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), r.Socket) {
		t.Errorf("without a daemon: %v", err)
	}
	r.Hold = true
	done := make(chan error, 1)
	go func() {
		_, err := prepare.Admit(t.Context(), r)
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	standin.Start(t, r.Socket).SetAnswer(func(meta.Container, *control.Admission) error { return errors.New("not this one") })
	if err := <-done; err == nil || !strings.Contains(err.Error(), "not this one") || errors.As(err, &missing) {
		t.Errorf("a refusal ends the wait: %v", err)
	}
}

// A daemon that takes the question and says nothing is none.
func TestSilentDaemon(t *testing.T) {
	r := newRequest(t, "")
	l, err := control.Listen(r.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		c, err := l.AcceptUnix()
		if err != nil {
			return
		}
		conn := control.NewConn(c)
		_, _ = conn.Receive(context.Background())
		cancel()
		_, _ = conn.Receive(context.Background()) // until it is closed
		_ = conn.Close()
	}()
	var missing *prepare.UnavailableError
	if _, err := prepare.Admit(ctx, r); !errors.As(err, &missing) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRuntimeFails(t *testing.T) {
	r := newRequest(t, "")
	d := standin.Start(t, r.Socket)
	r.Runtime = func(context.Context) (*runc.Features, error) { return nil, os.ErrNotExist }
	if _, err := prepare.Admit(t.Context(), r); !errors.Is(err, os.ErrNotExist) || len(d.Asked()) != 0 {
		t.Errorf("got %v, asked about %v", err, d.Asked())
	}
	r.Runtime = func(context.Context) (*runc.Features, error) { return &runc.Features{}, nil }
	if _, err := prepare.Admit(t.Context(), r); !errors.Is(err, runc.ErrUnusable) {
		t.Errorf("got %v", err)
	}
}
