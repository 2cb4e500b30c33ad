package systemd_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/daemon/systemd"
)

const patience = 60 * time.Second

// manager is a service manager's socket.
type manager struct {
	t *testing.T
	c *net.UnixConn
}

func newManager(t *testing.T) (*manager, *systemd.Manager) {
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "3000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	m := systemd.FromEnvironment()
	if m == nil || m.Watchdog != 3*time.Second {
		t.Fatalf("manager %+v", m)
	}
	if os.Getenv("NOTIFY_SOCKET") != "" {
		t.Error("children would find the manager's socket")
	}
	return &manager{t, c}, m
}

func (m *manager) receive() (string, []int) {
	m.t.Helper()
	_ = m.c.SetReadDeadline(time.Now().Add(patience))
	b, oob := make([]byte, 4096), make([]byte, 256)
	n, oobn, _, _, err := m.c.ReadMsgUnix(b, oob)
	if err != nil {
		m.t.Fatal(err)
	}
	var fds []int
	if messages, err := unix.ParseSocketControlMessage(oob[:oobn]); err == nil && len(messages) > 0 {
		fds, _ = unix.ParseUnixRights(&messages[0])
	}
	return string(b[:n]), fds
}

func TestStates(t *testing.T) {
	server, m := newManager(t)
	for want, tell := range map[string]func() error{
		"READY=1\nSTATUS=a b":       func() error { return m.Ready("a\nb") },
		"STATUS=c":                  func() error { return m.Status("c") },
		"STOPPING=1":                m.Stopping,
		"WATCHDOG=1":                m.Alive,
		"FDSTOREREMOVE=1\nFDNAME=x": func() error { return m.Drop("x") },
	} {
		if err := tell(); err != nil {
			t.Fatal(err)
		}
		if got, _ := server.receive(); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	if err := m.Reloading(); err != nil {
		t.Fatal(err)
	}
	if got, _ := server.receive(); !strings.HasPrefix(got, "RELOADING=1\nMONOTONIC_USEC=") {
		t.Errorf("told %q", got)
	}
}

func TestStoreAndBarrier(t *testing.T) {
	server, m := newManager(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := m.Store("name", w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	got, fds := server.receive()
	if got != "FDSTORE=1\nFDNAME=name" || len(fds) != 1 {
		t.Fatalf("told %q with %d descriptors", got, len(fds))
	}
	unix.Close(fds[0])
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("another pipe was stored: %v", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- m.Barrier(ctx) }()
	got, fds = server.receive()
	if got != "BARRIER=1" || len(fds) != 1 {
		t.Fatalf("told %q with %d descriptors", got, len(fds))
	}
	select {
	case <-done:
		t.Error("did not wait")
	default:
	}
	unix.Close(fds[0])
	if err := <-done; err != nil {
		t.Error(err)
	}

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Barrier(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("without an answer: %v", err)
	}
}

// Without a manager nothing happens.
func TestNone(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	m := systemd.FromEnvironment()
	if err := errors.Join(m.Ready("x"), m.Alive(), m.Barrier(t.Context())); m != nil || err != nil {
		t.Errorf("%v, %v", m, err)
	}
}

// A process that was started with descriptors finds them by their names; the
// test executes itself, since the first of them is always 3.
func TestDescriptors(t *testing.T) {
	const child = "CALLGATE_TEST_DESCRIPTORS"
	if os.Getenv(child) != "" {
		os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
		found := systemd.Descriptors()
		if len(found) != 3 || len(found["a"]) != 2 || len(found["b"]) != 1 || len(found["unknown"]) != 1 {
			t.Errorf("found %v", found)
		}
		if os.Getenv("LISTEN_FDS") != "" || systemd.Descriptors() != nil {
			t.Error("children would find them too")
		}
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestDescriptors$", "-test.v")
	for range 4 {
		f, err := os.Open("/dev/null")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	cmd.Env = append(os.Environ(), child+"=1", "LISTEN_FDS=4", "LISTEN_FDNAMES=a:b:a")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Setenv("LISTEN_PID", "1")
	t.Setenv("LISTEN_FDS", "1")
	if found := systemd.Descriptors(); found != nil {
		t.Errorf("took another process's descriptors: %v", found)
	}
}
