package meta

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// AddressOf is the address of the network namespace of a process, or "" where
// there is none or more than one: which of several is the container's nobody
// says. Addresses of version 4 come first, as in Falco.
func AddressOf(pid int) string { return addressIn(filepath.Join("/proc", strconv.Itoa(pid))) }

// addressAt is AddressOf for the path of a namespace, /proc/PID/ns/net. Others
// could be read only by entering them.
func addressAt(path string) string {
	dir, ok := strings.CutSuffix(path, "/ns/net")
	if !ok || !strings.HasPrefix(dir, "/proc/") {
		return ""
	}
	return addressIn(dir)
}

func addressIn(proc string) string {
	for _, table := range []struct {
		file  string
		parse func([]byte) []netip.Addr
	}{{"net/fib_trie", localIPv4}, {"net/if_inet6", globalIPv6}} {
		b, err := os.ReadFile(filepath.Join(proc, table.file))
		if err != nil {
			return ""
		}
		switch addrs := table.parse(b); len(addrs) {
		case 0:
		case 1:
			return addrs[0].String()
		default:
			return ""
		}
	}
	return ""
}

// localIPv4 finds the namespace's own addresses in a dump of its routes
// (net/ipv4/fib_trie.c): a line with the address, then one that calls it local.
func localIPv4(trie []byte) (addrs []netip.Addr) {
	seen := make(map[netip.Addr]bool)
	var last netip.Addr
	for line := range bytes.Lines(trie) {
		fields := strings.Fields(string(line))
		switch {
		case len(fields) == 2 && fields[0] == "|--":
			last, _ = netip.ParseAddr(fields[1])
		case len(fields) == 3 && fields[0] == "/32" && fields[2] == "LOCAL" && last.IsValid() && !last.IsLoopback() && !seen[last]:
			seen[last] = true
			addrs = append(addrs, last)
		}
	}
	return addrs
}

// globalIPv6 finds addresses of global scope (net/ipv6/addrconf.c: address,
// index, prefix length, scope, flags, device).
func globalIPv6(table []byte) (addrs []netip.Addr) {
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) != 6 || fields[3] != "00" || len(fields[0]) != 32 {
			continue
		}
		var text strings.Builder
		for i := 0; i < 32; i += 4 {
			if i > 0 {
				text.WriteByte(':')
			}
			text.WriteString(fields[0][i : i+4])
		}
		if a, err := netip.ParseAddr(text.String()); err == nil {
			addrs = append(addrs, a)
		}
	}
	return addrs
}
