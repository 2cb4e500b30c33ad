package meta

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What the kernel shows of a pod on a bridge.
const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.88.0.0/24 2 0 2
        |-- 10.88.0.0
           /24 link UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 10.88.0.0/24 2 0 2
        +-- 10.88.0.0/28 2 0 2
           |-- 10.88.0.7
              /32 host LOCAL
        |-- 10.88.0.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
`

const ifInet6 = `00000000000000000000000000000001 01 80 10 80       lo
fe80000000000000a8bbccfffeddee01 02 40 20 80     eth0
fd00000000000000000000000000002a 02 40 00 80     eth0
`

func TestAddressTables(t *testing.T) {
	same := cmpopts.EquateComparable(netip.Addr{})
	for name, row := range map[string]struct{ got, want []netip.Addr }{
		"IPv4":    {localIPv4([]byte(fibTrie)), []netip.Addr{netip.MustParseAddr("10.88.0.7")}},
		"twice":   {localIPv4([]byte(fibTrie + fibTrie)), []netip.Addr{netip.MustParseAddr("10.88.0.7")}},
		"IPv6":    {globalIPv6([]byte(ifInet6)), []netip.Addr{netip.MustParseAddr("fd00::2a")}},
		"nothing": {localIPv4(nil), nil},
		"odd":     {globalIPv6([]byte("x 02 40 00 80 eth0\nzz000000000000000000000000000000 02 40 00 80 eth0\n")), nil},
	} {
		if diff := cmp.Diff(row.want, row.got, same); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
