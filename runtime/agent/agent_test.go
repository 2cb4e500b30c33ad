package agent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/seccomp"
)

func TestMain(m *testing.M) {
	rig.Dispatch()
	victim.Dispatch(map[string]func([]string){
		"one call": func([]string) {
			victim.BeWatched(victim.Marked(), seccomp.BestFlags())
			victim.Become("one call, watched")
		},
		"one call, watched": func([]string) {
			r, errno := victim.Call()
			fmt.Print(r, int(errno))
		},
		"intrude": func(args []string) {
			c, err := net.Dial("unix", args[0])
			victim.Check(err)
			_, _ = c.Write(state("")) // the agent may be quicker to close it
			_, _ = io.Copy(io.Discard, c)
		},
	})
	os.Exit(m.Run())
}

// start starts a victim that makes one call; the listener is closed in the end.
func start(t *testing.T) (*victim.Victim, *os.File) {
	t.Helper()
	v := victim.Start(t, false, "one call")
	l := os.NewFile(uintptr(v.Listener()), "listener")
	t.Cleanup(func() { l.Close() })
	return v, l
}

// bench is an agent under test.
type bench struct {
	path string
	got  chan agent.Received
	end  func() error

	mu  sync.Mutex
	log strings.Builder
}

func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

func (b *bench) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

func serve(t *testing.T, opts agent.Options) *bench {
	t.Helper()
	got := make(chan agent.Received, 16)
	b := serveAt(t, filepath.Join(t.TempDir(), "agent.sock"), opts, func(r agent.Received) { got <- r })
	b.got = got
	return b
}

func serveAt(t *testing.T, path string, opts agent.Options, handle func(agent.Received)) *bench {
	t.Helper()
	b := &bench{path: path}
	l, err := agent.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	opts.Log = slog.New(slog.NewTextHandler(b, nil))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- agent.Serve(ctx, l, opts, handle) }()
	b.end = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { b.end() })
	return b
}

// send makes one connection and waits until the agent closes it.
func send(t *testing.T, path string, text []byte, files ...*os.File) {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c := conn.(*net.UnixConn)
	defer c.Close()
	var oob []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		oob = unix.UnixRights(fds...)
	}
	if n, _, err := c.WriteMsgUnix(text, oob, nil); err == nil && n < len(text) {
		_, _ = c.Write(text[n:]) // fails where the agent has seen enough
	}
	_ = c.CloseWrite()
	_ = c.SetReadDeadline(time.Now().Add(victim.Limit))
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the agent does not close the connection")
	}
}

func state(extra string) []byte {
	return []byte(`{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":7568,"metadata":"{\"id\":\"t\"}","state":{"ociVersion":"1.3.0","id":"t","status":"creating","pid":7568,"bundle":"/b"}` + extra + `}`)
}

// await waits for what the agent passes on.
func (b *bench) await(t *testing.T) agent.Received {
	t.Helper()
	select {
	case r := <-b.got:
		return r
	case <-time.After(victim.Limit):
		t.Fatalf("nothing came; the log says %s", b.logged())
		panic("unreachable")
	}
}

// A listener that came through the agent answers its victim.
func TestListener(t *testing.T) {
	b := serve(t, agent.Options{})
	v, own := start(t)
	send(t, b.path, state(""), own)
	own.Close() // the agent has its own
	r := b.await(t)
	if r.State.State.ID != "t" || r.State.Pid != 7568 || string(r.Raw) != string(state("")) || int(r.Peer.Pid) != os.Getpid() {
		t.Errorf("received %+v", r)
	}
	fd, err := unix.FcntlInt(r.Listener.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	r.Listener.Close()
	l, err := seccomp.NewListener(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var n seccomp.Notification
	err = l.Recv(&n)
	for errors.Is(err, seccomp.ErrInterrupted) { // by a signal of Go's scheduler
		err = l.Recv(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := l.ReturnErrno(n.ID, unix.EXDEV); err != nil {
		t.Fatal(err)
	}
	if said := v.End(); said != fmt.Sprintf("%d %d", ^uintptr(0), unix.EXDEV) {
		t.Errorf("the victim said %q", said)
	}
	if err := b.end(); err != nil || b.logged() != "" {
		t.Errorf("the agent ended with %v, %s", err, b.logged())
	}
}

// What does not keep to the protocol is logged, and every descriptor closed.
func TestBadInput(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	_, own := start(t)
	listeners := func(n int) (files []*os.File) {
		for range n {
			files = append(files, own)
		}
		return files
	}
	big := func(n int) []byte { return state(`,"padding":"` + strings.Repeat("x", n) + `"`) }
	for name, row := range map[string]struct {
		text  []byte
		files []*os.File
		want  string
	}{
		"malformed":       {[]byte(`{"state":`), listeners(1), "unexpected EOF"},
		"no JSON":         {[]byte("GET / HTTP/1.0\r\n"), listeners(1), "invalid character"},
		"another type":    {[]byte(`{"pid":"x","fds":["seccompFd"]}`), listeners(1), "cannot unmarshal"},
		"an array":        {[]byte(`[]`), listeners(1), "cannot unmarshal"},
		"2 MiB":           {big(2 << 20), listeners(1), "larger than 1048576 bytes"},
		"deeply nested":   {[]byte(strings.Repeat("[", 1<<16)), listeners(1), "exceeded max depth"},
		"no descriptor":   {state(""), nil, "0 descriptors came"},
		"two descriptors": {state(""), listeners(2), "too many descriptors"},
		"ten descriptors": {state(""), listeners(10), "too many descriptors"},
		"no name":         {[]byte(`{"pid":1}`), listeners(1), "are called []"},
		"another name":    {[]byte(`{"fds":["x"]}`), listeners(1), "are called"},
		"no listener":     {state(""), []*os.File{null}, "not a seccomp listener"},
		"standard error":  {state(""), []*os.File{os.Stderr}, "not a seccomp listener"},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, agent.Options{})
			before := open(t)
			send(t, b.path, row.text, row.files...)
			if err := b.end(); err != nil { // every connection was dealt with
				t.Error(err)
			}
			if !strings.Contains(b.logged(), row.want) {
				t.Errorf("the log says %q, want %q", b.logged(), row.want)
			}
			select {
			case r := <-b.got:
				t.Errorf("passed on: %+v", r)
			default:
			}
			if after := open(t); after != before {
				t.Errorf("%d descriptors are open, %d were", after, before)
			}
		})
	}
	t.Run("1 MiB is taken", func(t *testing.T) {
		b := serve(t, agent.Options{})
		text := big(agent.DefaultMaxState - len(big(0)))
		send(t, b.path, text, listeners(1)...)
		r := b.await(t)
		r.Listener.Close()
		if len(r.Raw) != agent.DefaultMaxState {
			t.Errorf("%d bytes came", len(r.Raw))
		}
	})
}

// open counts this process's descriptors of listeners and of /dev/null.
func open(t *testing.T) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && (to == os.DevNull || to == "anon_inode:seccomp notify") {
			n++
		}
	}
	return n
}

// A message may come in pieces.
func TestPieces(t *testing.T) {
	b := serve(t, agent.Options{})
	_, own := start(t)
	conn, err := net.Dial("unix", b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	oob := unix.UnixRights(int(own.Fd()))
	for i, c := range state("") {
		if i > 0 {
			oob = nil
		}
		if _, _, err := conn.(*net.UnixConn).WriteMsgUnix([]byte{c}, oob, nil); err != nil {
			t.Fatal(err)
		}
	}
	r := b.await(t) // although the connection stays open
	defer r.Listener.Close()
	if string(r.Raw) != string(state("")) {
		t.Errorf("received %s", r.Raw)
	}
}

// Whoever is not allowed is not heard.
func TestForeignPeer(t *testing.T) {
	b := serve(t, agent.Options{Allow: func(peer unix.Ucred) error {
		if int(peer.Pid) != os.Getpid() || int(peer.Uid) != os.Geteuid() {
			t.Errorf("the peer is %+v", peer)
		}
		return errors.New("a foreign process")
	}})
	_, own := start(t)
	before := open(t)
	send(t, b.path, state(""), own)
	if err := b.end(); err != nil || !strings.Contains(b.logged(), "a foreign process") || open(t) != before {
		t.Errorf("%v, %d descriptors, %d were, log %q", err, open(t), before, b.logged())
	}
}

// Another user's process is refused even where the socket lets it in.
func TestForeignUser(t *testing.T) {
	if os.Geteuid() != 0 {
		victim.Skip(t, "needs root, to be another user")
	}
	b := serve(t, agent.Options{})
	for path, mode := range map[string]os.FileMode{b.path: 0o666, filepath.Dir(b.path): 0o755, filepath.Dir(filepath.Dir(b.path)): 0o755} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	c := victim.Command("intrude", b.path)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: victim.Nobody, Gid: victim.Nobody}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := b.end(); err != nil || !strings.Contains(b.logged(), "user 65534 may not hand over listeners") {
		t.Errorf("%v, log %q", err, b.logged())
	}
}

// FuzzState takes any message, with any number of descriptors.
func FuzzState(f *testing.F) {
	f.Add(state(""), byte(1))
	f.Add([]byte(`{"fds":["seccompFd","seccompFd"],"state":{"annotations":{"a":"b"}}}`), byte(2))
	f.Add([]byte(`{"fds":["seccompFd"]} trailing`), byte(0))
	f.Fuzz(func(t *testing.T, text []byte, n byte) {
		null, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		files := make([]*os.File, n%64)
		for i := range files {
			files[i] = null
		}
		before := open(t)
		b := serve(t, agent.Options{MaxState: 4096})
		if len(text) == 0 && n > 0 {
			text = []byte{' '}
		}
		send(t, b.path, text, files...)
		if err := b.end(); err != nil {
			t.Error(err)
		}
		if len(b.got) > 0 {
			t.Error("a file that is no listener was passed on")
		}
		if b.logged() == "" {
			t.Error("nothing was logged")
		}
		if after := open(t); after != before {
			t.Errorf("%d descriptors are open, %d were", after, before)
		}
	})
}
