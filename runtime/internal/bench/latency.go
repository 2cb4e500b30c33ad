package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/runtime/internal/rig/probe/report"
)

// Bars: what supervision may add.
const (
	startBar = 15 * time.Millisecond
	execBar  = 5 * time.Millisecond
)

// profiles under which containers are started: what libseccomp makes of a merged
// profile is most of the cost.
var profiles = []struct {
	name    string
	profile cri.SecurityProfile_ProfileType
}{
	{"no profile", cri.SecurityProfile_Unconfined},
	{"RuntimeDefault", cri.SecurityProfile_RuntimeDefault},
}

// figures are durations by handler.
type figures map[string][]time.Duration

// latencies writes what starting a container in a running pod and executing a
// command in it take.
func latencies(ctx context.Context, w io.Writer, n *rig.Node, rounds int) error {
	c, err := n.CRI(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	handlers := []string{rig.StockHandler, rig.Handler}
	pods := map[string]*rig.Pod{}
	for _, h := range handlers {
		pods[h] = &rig.Pod{Namespace: "default", Name: h, Handler: h, HostNetwork: true}
		if err := c.RunPod(ctx, pods[h]); err != nil {
			return err
		}
	}
	fmt.Fprint(w, "| milliseconds | stock, median | callgate, median | more | bar | stock, p99 | callgate, p99 |\n|---|---|---|---|---|---|---|\n")
	for _, p := range profiles {
		starts, execs := figures{}, figures{}
		for round := range rounds + 1 {
			slices.Reverse(handlers) // neither always comes first
			for _, h := range handlers {
				start, exec, err := once(ctx, c, pods[h], rig.PodContainer{Name: fmt.Sprintf("c%d-%d", p.profile, round), Seccomp: p.profile})
				if err != nil {
					return err
				}
				if round > 0 { // the first one warms up
					starts[h], execs[h] = append(starts[h], start), append(execs[h], exec)
				}
			}
		}
		starts.row(w, "container start, "+p.name+": from create to its first instruction", startBar)
		execs.row(w, "exec, "+p.name+": from request to result", execBar)
	}
	for _, h := range handlers {
		if err := c.RemovePod(ctx, pods[h]); err != nil {
			return err
		}
	}
	return nil
}

func (f figures) row(w io.Writer, name string, bar time.Duration) {
	stock, ours := f[rig.StockHandler], f[rig.Handler]
	fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s |\n", name, ms(quantile(stock, 50)), ms(quantile(ours, 50)),
		ms(quantile(ours, 50)-quantile(stock, 50)), ms(bar), ms(quantile(stock, 99)), ms(quantile(ours, 99)))
}

// once starts a container whose program tells the time, executes such a program in
// it, and removes it.
func once(ctx context.Context, c *rig.CRI, pod *rig.Pod, k rig.PodContainer) (start, exec time.Duration, err error) {
	k.Command = []string{"/bin/sh", "-c", "probe clock; exec probe"}
	begin := report.Now()
	id, err := c.Run(ctx, pod, k)
	if err != nil {
		return 0, 0, err
	}
	log, err := c.Log(ctx, pod, k.Name, "stdout F ")
	if err != nil {
		return 0, 0, err
	}
	_, told, _ := strings.Cut(log, "stdout F ")
	first, err := strconv.ParseInt(strings.TrimSpace(told), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("read a container's clock: %w", err)
	}
	start = time.Duration(first) - begin

	begin = report.Now()
	if _, err := c.Exec(ctx, id, rig.ProbePath, "clock"); err != nil {
		return 0, 0, err
	}
	exec = report.Now() - begin
	_, err = c.RemoveContainer(ctx, &cri.RemoveContainerRequest{ContainerId: id})
	return start, exec, err
}

// quantile of durations, in percent.
func quantile(all []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }
