package decode

import (
	"net/netip"
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/proc"
)

// TestConnectedSocket: the two ends of a real connection.
func TestConnectedSocket(t *testing.T) {
	ends := [2]netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:4000"), netip.MustParseAddrPort("[::ffff:127.0.0.2]:5000")}
	var ev event.Event
	ev.Reset()
	d := NewDecoder(new(event.Arena))
	nr, _ := syscalls.Number(syscalls.AMD64, "dup2")
	if err := d.Begin(New(syscalls.AMD64, nr, [6]uint64{socketFD, 1}), &connected{ends: ends}); err != nil {
		t.Fatal(err)
	}
	if err := d.Decode(&ev, everything); err != nil {
		t.Fatal(err)
	}
	tt := testCase{want: fields{
		"fd.name": "127.0.0.1:4000->127.0.0.2:5000", "fd.cip": "127.0.0.1", "fd.cport": "4000", "fd.sip": "127.0.0.2", "fd.sport": "5000",
		"fd.lip": "127.0.0.1", "fd.lport": "4000", "fd.rip": "127.0.0.2", "fd.rport": "5000", "fd.cnet": "127.0.0.1", "fd.rnet": "127.0.0.2",
		"fd.connected": "true", "fd.name_changed": "<NA>", "fd.l4proto": "tcp", "fd.sockfamily": "ip", "fd.directory": "<NA>",
	}}
	tt.check(t, &ev, "")
}

// TestWaitingSocket: what waits for clients is a server, on its own address.
func TestWaitingSocket(t *testing.T) {
	for _, call := range []string{"listen", "accept4"} {
		var ev event.Event
		ev.Reset()
		d := NewDecoder(new(event.Arena))
		nr, _ := syscalls.Number(syscalls.AMD64, call)
		target := &connected{ends: [2]netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:80")}}
		if err := d.Begin(New(syscalls.AMD64, nr, [6]uint64{socketFD}), target); err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(&ev, everything); err != nil {
			t.Fatal(err)
		}
		tt := testCase{want: fields{
			"fd.name": "0.0.0.0:80", "fd.sip": "0.0.0.0", "fd.sport": "80", "fd.lip": "0.0.0.0", "fd.lport": "80", "fd.cip": "<NA>",
			"fd.rip": "<NA>", "fd.rport": "<NA>", "fd.connected": "false",
		}}
		tt.check(t, &ev, "")
	}
}

// TestNeedAddr: where a call names no address, its socket is asked for the server's.
func TestNeedAddr(t *testing.T) {
	peer := netip.MustParseAddrPort("192.0.2.1:443")
	for call, want := range map[string]string{"sendto": "192.0.2.1", "dup2": "192.0.2.1", "recvfrom": "192.0.2.1"} {
		var ev event.Event
		ev.Reset()
		d := NewDecoder(new(event.Arena))
		nr, _ := syscalls.Number(syscalls.AMD64, call)
		if err := d.Begin(New(syscalls.AMD64, nr, [6]uint64{socketFD}), &connected{ends: [2]netip.AddrPort{{}, peer}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(&ev, event.NeedAddr); err != nil {
			t.Fatal(err)
		}
		tt := testCase{want: fields{"fd.sip": want, "fd.rport": "443"}}
		tt.check(t, &ev, "")
	}
}

// connected is a target whose socket is connected.
type connected struct {
	fakeTarget
	ends [2]netip.AddrPort
}

func (c *connected) Socket(a *event.Arena, fd int) (proc.SocketInfo, error) {
	s, err := c.fakeTarget.Socket(a, fd)
	s.Local, s.Peer = c.ends[0], c.ends[1]
	return s, err
}
