package proc

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// fdTypes are the types that event.FD.Type tells of, but block and other.
var fdTypes = []string{
	"file", "directory", "char", "namespace", "event", "eventpoll", "inotify", "signalfd", "timerfd", "memfd",
	"pidfd", "unix", "ipv4", "ipv6", "vsock", "netlink", "packet", "pipe",
}

func fdsChild(t *testing.T, path string) (*Thread, map[string]int) {
	t.Helper()
	c := start(t, "fds", path, nil)
	fds := map[string]int{}
	if err := json.Unmarshal([]byte(c.say), &fds); err != nil {
		t.Fatal(err)
	}
	th, _ := look(t, c.pid())
	return th, fds
}

func TestFDTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file (deleted)")
	writeFile(t, path, "x", 0o644)
	th, fds := fdsChild(t, path)
	var a event.Arena
	for _, typ := range fdTypes {
		fd, ok := fds[typ]
		if !ok {
			// packet sockets need CAP_NET_RAW, vsock its module.
			if !slices.Contains([]string{"packet", "vsock"}, typ) {
				t.Errorf("the child has no %s", typ)
			}
			continue
		}
		info, err := th.FD(&a, fd)
		if err != nil || info.Type != typ {
			t.Errorf("%s: FD = %+v, %v", typ, info, err)
		}
		switch typ {
		case "file":
			if info.Name != path {
				t.Errorf("the file's name is %q", info.Name)
			}
		case "memfd":
			if info.Name != "memfd:anonymous" {
				t.Errorf("the memfd's name is %q", info.Name)
			}
		case "pidfd":
			if info.PID != os.Getpid() {
				t.Errorf("the pidfd is of %d", info.PID)
			}
		case "pipe":
			if !strings.HasPrefix(info.Name, "pipe:[") {
				t.Errorf("the pipe's name is %q", info.Name)
			}
		}
	}
	if info, err := th.FD(nil, fds["pidfd"]); err != nil || info.PID != os.Getpid() || info.Name != "" {
		t.Errorf("FD without an arena = %+v, %v", info, err)
	}
	for _, fd := range []int{4000, -1, 1 << 31} {
		if _, err := th.FD(&a, fd); !errors.Is(err, unix.EBADF) {
			t.Errorf("FD(%d): %v", fd, err)
		}
	}
}

func TestSocket(t *testing.T) {
	th, fds := fdsChild(t, "/dev/null")
	var a event.Arena
	before := openFDs(t)
	client, err := th.Socket(&a, fds["udp client"])
	if err != nil {
		t.Fatal(err)
	}
	server, err := th.Socket(&a, fds["mapped server"])
	if err != nil {
		t.Fatal(err)
	}
	loop := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if client.Family != unix.AF_INET || client.Type != unix.SOCK_DGRAM || client.Proto != unix.IPPROTO_UDP ||
		client.Peer != netip.AddrPortFrom(loop, server.Local.Port()) || client.Local.Addr() != loop {
		t.Errorf("client = %+v", client)
	}
	if server.Family != unix.AF_INET6 || server.Local.Addr() != loop || server.Local.Port() == 0 || server.Peer.IsValid() {
		t.Errorf("server = %+v", server)
	}
	if s, err := th.Socket(&a, fds["abstract"]); err != nil || s.UnixLocal != "@callgate-test" || s.Family != unix.AF_UNIX {
		t.Errorf("abstract = %+v, %v", s, err)
	}
	if _, err := th.Socket(&a, fds["pipe"]); !errors.Is(err, unix.ENOTSOCK) {
		t.Errorf("Socket of a pipe: %v", err)
	}
	if _, err := th.Socket(&a, 4000); !errors.Is(err, unix.EBADF) {
		t.Errorf("Socket of nothing: %v", err)
	}
	if n := openFDs(t) - before; n > 1 { // the pidfd may be kept
		t.Errorf("%d descriptors are left", n)
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add([]byte{2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{1, 0, 0, 'x'})
	f.Add([]byte{10, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var a event.Arena
		ip, path := parseAddress(&a, b)
		if ip.Addr().Is4In6() || len(path) > len(b) {
			t.Errorf("parseAddress(%x) = %v, %q", b, ip, path)
		}
	})
}
