package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
)

// pair is two ends of a connection, the second one raw.
func pair(t *testing.T) (*control.Conn, *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ends := make([]*net.UnixConn, 2)
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "end")
		c, err := net.FileConn(f)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		ends[i] = c.(*net.UnixConn)
		t.Cleanup(func() { c.Close() })
	}
	return control.NewConn(ends[0]), ends[1]
}

func message(t *testing.T, kind control.Kind, body any, files ...*os.File) control.Message {
	t.Helper()
	m, err := control.NewMessage(kind, body, files...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// An alert is the same text at the other end.
func TestMessageKeepsTexts(t *testing.T) {
	a, raw := pair(t)
	record := json.RawMessage(`{"output":"user=<NA> & \u0007"}`)
	if err := a.Send(limit(t), message(t, control.KindEvents, record)); err != nil {
		t.Fatal(err)
	}
	m, err := control.NewConn(raw).Receive(limit(t))
	if err != nil || string(m.Body) != string(record) {
		t.Errorf("received %s, %v", m.Body, err)
	}
}

func TestMessagesWithFiles(t *testing.T) {
	a, raw := pair(t)
	b := control.NewConn(raw)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := control.Listener{ID: 7, State: []byte(`{"pid":1}`), Repeat: true}
	ctx := limit(t)
	if err := a.Send(ctx, message(t, control.KindListener, want, w, r)); err != nil {
		t.Fatal(err)
	}
	if err := a.Send(ctx, message(t, control.KindGone, nil)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	m, err := b.Receive(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got control.Listener
	if err := m.Decode(&got); err != nil || cmp.Diff(want, got) != "" || m.Kind != control.KindListener || len(m.Files) != 2 {
		t.Fatalf("%v: %v, %d files\n%s", err, m.Kind, len(m.Files), cmp.Diff(want, got))
	}
	if _, err := m.Files[0].WriteString("through"); err != nil {
		t.Fatal(err)
	}
	m.CloseFiles()
	if got, err := io.ReadAll(r); err != nil || string(got) != "through" {
		t.Errorf("the pipe gave %q, %v", got, err)
	}
	if m, err := b.Receive(ctx); err != nil || m.Kind != control.KindGone || m.Files != nil {
		t.Errorf("then came %v, %v", m, err)
	}
	a.Close()
	if _, err := b.Receive(ctx); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

// A large message fits into no socket buffer.
func TestLargeMessage(t *testing.T) {
	a, raw := pair(t)
	b := control.NewConn(raw)
	want := control.Refusal{Reason: strings.Repeat("x", control.MaxFrame-100)}
	sent := make(chan error, 1)
	ctx := limit(t)
	go func() { sent <- a.Send(ctx, message(t, control.KindRefused, want)) }()
	m, err := b.Receive(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got control.Refusal
	if err := m.Decode(&got); err != nil || got != want {
		t.Errorf("%d bytes came, %v", len(got.Reason), err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	want.Reason += strings.Repeat("x", 200)
	if err := a.Send(ctx, message(t, control.KindRefused, want)); err == nil {
		t.Error("a message beyond the limit was sent")
	}
}

// Waiting ends with the context, also while the other side takes nothing.
func TestContextEnds(t *testing.T) {
	for name, wait := range map[string]func(context.Context, *control.Conn) error{
		"receive": func(ctx context.Context, c *control.Conn) error {
			_, err := c.Receive(ctx)
			return err
		},
		"send": func(ctx context.Context, c *control.Conn) error {
			m := control.Message{Kind: control.KindRefused, Body: []byte(`"` + strings.Repeat("x", 4<<20) + `"`)}
			return c.Send(ctx, m)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := pair(t)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := wait(ctx, a); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDialListenPeer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for range 2 { // the second one finds what the first has left
		l, err := control.Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		l.SetUnlinkOnClose(false)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if _, err := control.Listen(path); !errors.Is(err, unix.EADDRINUSE) {
			t.Errorf("a second listener: %v", err)
		}
		c, err := control.Dial(limit(t), path)
		if err != nil {
			t.Fatal(err)
		}
		peer, err := c.Peer()
		if err != nil || int(peer.Pid) != os.Getpid() || int(peer.Uid) != os.Geteuid() {
			t.Errorf("the peer is %v, %v", peer, err)
		}
		c.Close()
		l.Close()
	}
	if _, err := control.Dial(limit(t), path); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("with nobody there: %v", err)
	}
	if _, err := control.Listen(filepath.Join(t.TempDir(), strings.Repeat("x", 120))); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("a long path: %v", err)
	}
}

func TestAsk(t *testing.T) {
	ctx := limit(t)
	for name, row := range map[string]struct {
		answer control.Message
		want   string
	}{
		"answered":   {answer: message(t, control.KindAdmitted, control.Admission{Supervise: true, Policy: control.Policy{Mode: control.Enforce, OnSupervisorLoss: control.Deny, SupervisorTimeout: 10 * time.Second}})},
		"refused":    {message(t, control.KindRefused, control.Refusal{Reason: "not here"}), "not here"},
		"other kind": {message(t, control.KindGone, nil), "ask admit: the answer is gone, not admitted"},
		"bad policy": {control.Message{Kind: control.KindAdmitted, Body: []byte(`{"policy":{"mode":"x"}}`)}, "read admitted message"},
	} {
		t.Run(name, func(t *testing.T) {
			a, raw := pair(t)
			if err := control.NewConn(raw).Send(ctx, row.answer); err != nil {
				t.Fatal(err)
			}
			var got control.Admission
			err := a.Ask(ctx, message(t, control.KindAdmit, control.Admit{Version: control.Version, Container: meta.Container{ID: "x", Privileged: meta.Yes}}), control.KindAdmitted, &got)
			switch {
			case row.want == "" && (err != nil || got.Policy.SupervisorTimeout != 10*time.Second || !got.Supervise):
				t.Errorf("%+v, %v", got, err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}
