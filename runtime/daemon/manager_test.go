package daemon_test

import (
	"encoding/json"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// manager stands in for systemd: it is told the daemon's states, keeps its
// descriptors, and listens on its sockets.
type manager struct {
	t     *testing.T
	place *place
	conn  *net.UnixConn

	mu     sync.Mutex
	stored []storedFile
	told   []string
}

type storedFile struct {
	name string
	file *os.File
}

func newManager(p *place) *manager {
	p.t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: p.path("notify"), Net: "unixgram"})
	if err != nil {
		p.t.Fatal(err)
	}
	m := &manager{t: p.t, place: p, conn: c}
	for _, s := range []struct{ name, socket string }{{"control", "c.sock"}, {"agent", "a.sock"}} {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.path(s.socket), Net: "unix"})
		if err != nil {
			p.t.Fatal(err)
		}
		f, err := l.File()
		if err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(func() { l.Close(); f.Close() })
		m.stored = append(m.stored, storedFile{s.name, f})
	}
	p.t.Cleanup(func() {
		c.Close()
		for _, s := range m.kept() {
			s.file.Close()
		}
	})
	go m.serve()
	return m
}

// kept is what the daemon is started with: the sockets, then what it stored.
func (m *manager) kept() []storedFile {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]storedFile(nil), m.stored...)
}

func (m *manager) serve() {
	for {
		b, oob := make([]byte, 4096), make([]byte, 4096)
		n, oobn, _, _, err := m.conn.ReadMsgUnix(b, oob)
		if err != nil {
			return
		}
		var files []*os.File
		if messages, err := unix.ParseSocketControlMessage(oob[:oobn]); err == nil && len(messages) > 0 {
			fds, _ := unix.ParseUnixRights(&messages[0])
			for _, fd := range fds {
				files = append(files, os.NewFile(uintptr(fd), "stored"))
			}
		}
		m.take(string(b[:n]), files)
	}
}

func (m *manager) take(state string, files []*os.File) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := ""
	for line := range strings.SplitSeq(state, "\n") {
		if value, ok := strings.CutPrefix(line, "FDNAME="); ok {
			name = value
		}
	}
	switch {
	case strings.HasPrefix(state, "FDSTORE=1\n"):
		for _, f := range files { // systemd keeps no order
			m.stored = append(m.stored, storedFile{name, f})
		}
		return
	case strings.HasPrefix(state, "FDSTOREREMOVE=1\n"):
		var left []storedFile
		for _, s := range m.stored {
			if s.name == name {
				s.file.Close()
			} else {
				left = append(left, s)
			}
		}
		m.stored = left
	}
	m.told = append(m.told, state)
	for _, f := range files {
		f.Close() // a barrier
	}
}

// start starts the daemon as the manager does.
func (m *manager) start() *running {
	m.t.Helper()
	var names []string
	m.place.files = nil
	for _, s := range m.kept() {
		names = append(names, s.name)
		m.place.files = append(m.place.files, s.file)
	}
	ready := m.count("READY=1")
	r := m.place.start("NOTIFY_SOCKET="+m.place.path("notify"), "WATCHDOG_USEC=2000000",
		"LISTEN_FDS="+strconv.Itoa(len(names)), "LISTEN_FDNAMES="+strings.Join(names, ":"))
	eventually(m.t, "the daemon to be ready", func() bool { return m.count("READY=1") > ready })
	return r
}

// count is how often a state was told.
func (m *manager) count(state string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.told {
		if strings.HasPrefix(s, state) {
			n++
		}
	}
	return n
}

// sendAgent hands a victim's listener to the agent socket, as a runtime does.
func (p *place) sendAgent(v *victims, victim int, id string) {
	p.t.Helper()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: p.path("a.sock"), Net: "unix"})
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	state, err := json.Marshal(specs.ContainerProcessState{
		Version: "1.0.2", Fds: []string{specs.SeccompFdName}, Pid: v.tids[victim], State: specs.State{ID: id, Status: specs.StateCreating, Bundle: p.dir},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, _, err := c.WriteMsgUnix(state, unix.UnixRights(int(v.listeners[victim].Fd())), nil); err != nil {
		p.t.Fatal(err)
	}
}

// Containers whose profile names the agent socket are supervised too, and the
// service manager keeps their listeners over the daemon's death.
func TestPlainAgent(t *testing.T) {
	p := newPlace(t)
	p.configure("mode: enforce")
	m := newManager(p)
	first := m.start()
	v := newVictims(t, 2)
	p.sendAgent(v, 0, "plain")
	p.sendAgent(v, 1, "plain") // as of an exec
	if errno := v.unshare(0, 0x400); errno != unix.EACCES {
		t.Errorf("the first listener: %v", errno)
	}
	if errno := v.unshare(1, 0); errno != 0 {
		t.Errorf("the second listener: %v", errno)
	}
	p.waitAlert(`"rule":"No unshare of files"`, `"container.id":"plain"`)
	if ps := p.ps(); len(ps) != 1 || ps[0].Listeners != 2 || ps[0].Container.ID != "plain" {
		t.Errorf("ps %+v", ps)
	}
	if n := len(m.kept()); n != 2+2*3 {
		t.Errorf("%d descriptors are stored", n)
	}
	for _, l := range v.listeners {
		l.Close() // so that nobody else has them
	}

	first.signal(syscall.SIGKILL)
	call := v.begin(1, 0x400)
	second := m.start()
	if errno := v.result(call); errno != unix.EACCES {
		t.Errorf("a call that waited for a successor: %v", errno)
	}
	if ps := p.ps(); len(ps) != 1 || ps[0].Listeners != 2 {
		t.Errorf("ps %+v", ps)
	}
	if err := second.signal(syscall.SIGTERM); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
	eventually(t, "the manager to be told", func() bool { return m.count("STOPPING=1") == 1 && m.count("WATCHDOG=1") > 0 })
	if _, err := os.Lstat(p.path("a.sock")); err != nil {
		t.Errorf("the manager's socket was removed: %v", err)
	}

	m.start()
	v.quit(0)
	v.quit(1)
	eventually(t, "the container to go", func() bool { return len(p.ps()) == 0 })
	eventually(t, "the store to be empty", func() bool { return len(m.kept()) == 2 })
	eventually(t, "the status to say so", func() bool { return m.count("STATUS=supervising 0 containers") > 0 })
	if err := p.ask("reload", nil, "done", nil); err != nil {
		t.Errorf("reload: %v", err)
	}
	eventually(t, "the manager to be told of the reload", func() bool { return m.count("RELOADING=1") == 1 })
}

// What is stored and can't be used any more is dropped.
func TestSpoiltStore(t *testing.T) {
	p := newPlace(t)
	m := newManager(p)
	for _, name := range []string{"callgate-spoilt", "callgate-spoilt", "callgate-spoilt", "callgate-alone"} {
		f, err := os.Open("/dev/null")
		if err != nil {
			t.Fatal(err)
		}
		m.stored = append(m.stored, storedFile{name, f})
	}
	m.start()
	eventually(t, "the store to be empty", func() bool { return len(m.kept()) == 2 })
	if len(p.ps()) != 0 {
		t.Error("a container was made of it")
	}
}
