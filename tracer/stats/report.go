package stats

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Report is the statistics as the file of --stats holds them. Times are in
// microseconds, from the receipt of a notification to the point where its reply
// is handed to the kernel.
type Report struct {
	Notifications uint64            `json:"notifications"`
	Coalesced     uint64            `json:"restarts_coalesced"`
	Latency       Latency           `json:"latency_us"`
	Syscalls      []Syscall         `json:"syscalls"`
	Alerts        map[string]uint64 `json:"alerts"`
	LostAlerts    uint64            `json:"lost_alerts"`
}

// Latency are quantiles, in microseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Syscall is the share of one system call.
type Syscall struct {
	Name          string  `json:"name"`
	ABI           string  `json:"abi"`
	Notifications uint64  `json:"notifications"`
	Latency       Latency `json:"latency_us"`
}

// Report sums up what was recorded so far; calls come most frequent first.
func (s *Stats) Report() Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all Histogram
	byCall := make(map[call]*Histogram)
	for _, r := range s.recorders {
		r.mu.Lock()
		for c, h := range r.calls {
			if byCall[c] == nil {
				byCall[c] = new(Histogram)
			}
			byCall[c].add(h)
			all.add(h)
		}
		r.mu.Unlock()
	}
	rep := Report{Notifications: all.Count(), Coalesced: s.coalesced, Latency: latency(&all), Syscalls: []Syscall{}, Alerts: maps.Clone(s.alerts)}
	for c, h := range byCall {
		name, _ := syscalls.Name(c.abi, c.nr)
		rep.Syscalls = append(rep.Syscalls, Syscall{name, c.abi.String(), h.Count(), latency(h)})
	}
	slices.SortFunc(rep.Syscalls, func(a, b Syscall) int {
		return cmp.Or(cmp.Compare(b.Notifications, a.Notifications), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ABI, b.ABI))
	})
	return rep
}

func latency(h *Histogram) Latency {
	us := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	return Latency{us(h.Quantile(0.5)), us(h.Quantile(0.99)), us(h.Max())}
}
