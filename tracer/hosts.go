package tracer

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"sync"
	"time"
)

// hostsFile is callgate's own: what a container says of addresses would be its
// attacker's word, and a name server's answer would have to be waited for.
const hostsFile = "/etc/hosts"

// hostsLimit bounds what is read of it.
const hostsLimit = 1 << 20

// hosts knows the names of addresses. It may be used by several goroutines.
type hosts struct {
	path string

	mu    sync.Mutex
	asked int // when the file was looked at, in nanoseconds since the epoch
	state hostsState
	names map[netip.Addr]string
}

// hostsFresh is how long a look at the file holds good: it costs an allocation.
const hostsFresh = int(time.Second)

// hostsState tells one version of the file from the next.
type hostsState struct {
	size  int64
	mtime time.Time
}

// name is the first name of an address, "" without one. The file is read again
// when it has changed.
func (h *hosts) name(addr string, now int) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return ""
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if now-h.asked >= hostsFresh || now < h.asked {
		h.asked = now
		h.renew()
	}
	return h.names[ip]
}

// renew reads the file if it is another than before. One that can't be read
// gives no names.
func (h *hosts) renew() {
	info, err := os.Stat(h.path)
	if err != nil || !info.Mode().IsRegular() {
		h.state, h.names = hostsState{}, nil
		return
	}
	state := hostsState{info.Size(), info.ModTime()}
	if h.names != nil && state == h.state {
		return
	}
	f, err := os.Open(h.path)
	if err != nil {
		h.state, h.names = hostsState{}, nil
		return
	}
	defer f.Close() //nolint:errcheck // read-only: nothing can be lost
	b, _ := io.ReadAll(io.LimitReader(f, hostsLimit))
	h.state, h.names = state, parseHosts(b)
}

// parseHosts reads lines of an address and its names (hosts(5)). The first name
// of an address counts.
func parseHosts(b []byte) map[netip.Addr]string {
	names := make(map[netip.Addr]string)
	for line := range bytes.Lines(b) {
		line, _, _ = bytes.Cut(line, []byte{'#'})
		words := bytes.Fields(line)
		if len(words) < 2 {
			continue
		}
		ip, err := netip.ParseAddr(string(words[0]))
		if err != nil {
			continue
		}
		if ip = ip.Unmap(); names[ip] == "" {
			names[ip] = string(words[1])
		}
	}
	return names
}
