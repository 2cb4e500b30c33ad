package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callgate/callgate/runtime/internal/rig"
)

const (
	daemonBar    = 60 << 10 // KiB, without containers
	containerBar = 100      // KiB more for each
	shimBar      = 2 << 10  // KiB more than the stock shim
	stockShims   = 20       // as many of ours are compared with them
)

// crowd writes what a daemon with many containers needs, and what their shims do.
func crowd(ctx context.Context, w io.Writer, n *rig.Node, daemon *rig.Daemon, o options) error {
	empty, err := rss(daemon.PID())
	if err != nil {
		return err
	}
	shims := map[string][]int{} // resident KiB, by handler
	for i := range o.containers {
		for _, h := range []string{rig.StockHandler, rig.Handler} {
			if h == rig.StockHandler && i >= stockShims {
				continue
			}
			id := h + strconv.Itoa(i)
			if _, err := n.CtrRun(ctx, rig.Container{ID: id, Handler: h, Flags: []string{"--detach", "--null-io"}}); err != nil {
				return err
			}
			if i >= stockShims {
				continue
			}
			pids, err := n.Shims(id)
			if err != nil || len(pids) != 1 {
				return fmt.Errorf("shims of %s: %v, %w", id, pids, err)
			}
			size, err := rss(pids[0])
			if err != nil {
				return err
			}
			shims[h] = append(shims[h], size)
		}
	}
	full, err := rss(daemon.PID())
	if err != nil {
		return err
	}
	before, err := cpuTicks(daemon.PID())
	if err != nil {
		return err
	}
	time.Sleep(o.idle)
	after, err := cpuTicks(daemon.PID())
	if err != nil {
		return err
	}
	stock, ours := median(shims[rig.StockHandler]), median(shims[rig.Handler])
	busy := time.Duration(after-before) * tick
	fmt.Fprint(w, "\n| memory and time | measured | bar |\n|---|---|---|\n")
	fmt.Fprintf(w, "| daemon without containers, resident | %s MiB | |\n", mib(empty))
	fmt.Fprintf(w, "| daemon with %d containers, resident | %s MiB | %s MiB |\n", o.containers, mib(full), mib(daemonBar+containerBar*o.containers))
	fmt.Fprintf(w, "| its processor time while they sleep, over %v | %.1f %% | 0.0 %% |\n", o.idle, 100*float64(busy)/float64(o.idle))
	fmt.Fprintf(w, "| shim, resident: stock %s MiB, callgate %s MiB, more | %s MiB | %s MiB |\n", mib(stock), mib(ours), mib(ours-stock), mib(shimBar))
	return nil
}

func median(all []int) int {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func mib(kib int) string { return fmt.Sprintf("%.1f", float64(kib)/1024) }

// rss is a process's resident memory in KiB.
func rss(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	value, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	return strconv.Atoi(value)
}

// tick is the unit of times in /proc/PID/stat (USER_HZ, 100 on every architecture
// that Linux still has).
const tick = 10 * time.Millisecond

// cpuTicks is the processor time that a process has used.
func cpuTicks(pid int) (int, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in brackets, may hold anything; utime and stime are the 12th and
	// 13th word after it (proc(5)).
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.Atoi(f[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(f[12])
	return user + system, err
}
