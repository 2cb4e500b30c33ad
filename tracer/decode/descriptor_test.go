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
		"fd.l4proto": "tcp", "fd.net": "127.0.0.2", "fd.sockfamily": "ip", "fd.directory": "<NA>",
	}}
	tt.check(t, &ev, "")
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
