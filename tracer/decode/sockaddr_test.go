package decode

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSockaddr(t *testing.T) {
	for _, tt := range []struct {
		what string
		b    []byte
		text string // "": the kernel refuses it
	}{
		{"IPv4", inet("1.2.3.4:80"), "1.2.3.4:80"},
		{"IPv4, long", append(inet("1.2.3.4:80"), make([]byte, 100)...), "1.2.3.4:80"},
		{"IPv4, short", inet("1.2.3.4:80")[:15], ""},
		{"IPv6", inet("[fe80::1]:22"), "[fe80::1%3]:22"},
		{"IPv6 without scope", inet("[fe80::1]:22")[:24], "[fe80::1]:22"},
		{"IPv6 with half a scope", inet("[fe80::1]:22")[:27], "[fe80::1]:22"},
		{"IPv6, short", inet("[fe80::1]:22")[:23], ""},
		{"IPv4 in IPv6", inet("[::ffff:10.0.0.1]:1"), "10.0.0.1:1"},
		{"unix", unixAddr("/run/x"), "/run/x"},
		{"unix, terminated", unixAddr("/run/x\x00y"), "/run/x"},
		{"unix, longest", unixAddr(strings.Repeat("a", 108)), strings.Repeat("a", 108)},
		{"unix, too long", unixAddr(strings.Repeat("a", 109)), ""},
		{"unix, abstract", unixAddr("\x00a\x00b"), "@a\x00b"},
		{"unix, abstract and empty", unixAddr("\x00"), "@"},
		{"netlink", append(family(unix.AF_NETLINK), 0, 0, 5, 0, 0, 0, 1, 0, 0, 0), "netlink:5"},
		{"netlink, short", append(family(unix.AF_NETLINK), 0, 0, 5), ""},
		{"packet, short", family(unix.AF_PACKET), ""},
		{"vsock, short", append(family(unix.AF_VSOCK), 0, 0, 0, 0), ""},
		{"other", append(family(unix.AF_ALG), 1, 2), "AF_ALG"},
		{"unknown", family(999), "999"},
		{"unspecified", family(0), "AF_UNSPEC"},
		{"one byte", []byte{2}, ""},
		{"nothing", nil, ""},
	} {
		var a address
		ok := a.parse(tt.b)
		if ok != (tt.text != "") {
			t.Errorf("%s: accepted %v", tt.what, ok)
		} else if got := string(a.append(nil)); ok && got != tt.text {
			t.Errorf("%s: %q, want %q", tt.what, got, tt.text)
		}
	}
	var a address
	if !a.parse(unixAddr("")) || a.kind != unnamed || len(a.append(nil)) != 0 {
		t.Errorf("an address without a name: %+v", a)
	}
}

// FuzzSockaddr: no address may be accepted that is shorter than its family's,
// and none that is accepted may be shown as nothing.
func FuzzSockaddr(f *testing.F) {
	for _, b := range [][]byte{inet("1.2.3.4:80"), inet("[::1]:80"), unixAddr("/x"), unixAddr("\x00x"), family(unix.AF_VSOCK)} {
		f.Add(b)
	}
	least := map[int]int{unix.AF_INET: 16, unix.AF_INET6: 24, unix.AF_NETLINK: 12, unix.AF_PACKET: 12, unix.AF_VSOCK: 16}
	f.Fuzz(func(t *testing.T, b []byte) {
		var a address
		if !a.parse(b) {
			return
		}
		if len(b) < max(2, least[a.family]) {
			t.Fatalf("%d bytes of family %d were accepted", len(b), a.family)
		}
		text := a.append(nil)
		if len(text) == 0 && (a.family != unix.AF_UNIX || len(b) > 2) {
			t.Errorf("%x is shown as nothing", b)
		}
		if ip := a.family == unix.AF_INET || a.family == unix.AF_INET6; a.ip.IsValid() != ip {
			t.Errorf("%x: address %v", b, a.ip)
		}
		if len(a.path) > 108 || len(text) > 128 {
			t.Errorf("%d bytes of path, %d of text", len(a.path), len(text))
		}
	})
}
