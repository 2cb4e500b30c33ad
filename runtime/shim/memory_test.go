package shim_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// What the shim has in memory beside the stock shim's packages is little: it is
// there once for every pod of a node.
func TestLeanShim(t *testing.T) {
	rig.NeedRoot(t) // others have no module cache in which go list would find them
	own, stock := imports(t, "github.com/callgate/callgate/cmd/containerd-shim-callgate-v1"), imports(t, "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2")
	for p := range own {
		switch {
		case stock[p], strings.HasPrefix(p, "github.com/callgate/callgate/"):
		case strings.HasPrefix(p, "github.com/pelletier/go-toml/"), p == "github.com/containerd/containerd/api/types/runtimeoptions/v1":
		case !strings.Contains(strings.Split(p, "/")[0], "."):
		default:
			t.Errorf("the shim imports %s", p)
		}
	}
	for _, heavy := range []string{"rules", "alert", "tracer", "runtime/daemon"} {
		if own["github.com/callgate/callgate/"+heavy] {
			t.Errorf("the shim imports %s, which is the daemon's", heavy)
		}
	}
}

// imports are the packages of a program.
func imports(t *testing.T, program string) map[string]bool {
	t.Helper()
	c := exec.Command("go", "list", "-deps", program)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]bool)
	for _, p := range strings.Fields(string(out)) {
		all[p] = true
	}
	return all
}

// BenchmarkMemory compares shims that serve one sleeping container with the stock
// shims of both containerds: their resident memory in KiB, and what of it they
// have written.
func BenchmarkMemory(b *testing.B) {
	rig.NeedRoot(b)
	shim, err := rig.Build("cmd/containerd-shim-callgate-v1")
	if err != nil {
		b.Fatal(err)
	}
	for _, version := range [][2]string{{"1.6.20", "1.1.5"}, {"2.4.2", "1.5.2"}} {
		containerd, err := rig.Find("containerd", version[0])
		if err != nil {
			b.Fatal(err)
		}
		runtime, err := rig.Find("runc", version[1])
		if err != nil {
			b.Fatal(err)
		}
		b.Run(containerd.String(), func(b *testing.B) {
			n := rig.ForTest(b, rig.NodeConfig{Containerd: containerd, Runtime: runtime, Shim: shim})
			startDaemon(b, n)
			for _, handler := range []string{rig.StockHandler, rig.Handler} {
				b.Run(handler, func(b *testing.B) { measure(b, n, handler) })
			}
		})
	}
}

// measure reports the mean of shims that are started one after the other.
func measure(b *testing.B, n *rig.Node, handler string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var rss, dirty float64
	for i := range b.N {
		id := fmt.Sprint(handler, i)
		if out, err := n.CtrRun(ctx, rig.Container{ID: id, Handler: handler, Flags: []string{"--detach"}}); err != nil {
			b.Fatal(out, err)
		}
		shims, err := n.Shims(id)
		if err != nil || len(shims) != 1 {
			b.Fatal(shims, err)
		}
		rss += memory(b, shims[0], "Rss:")
		dirty += memory(b, shims[0], "Private_Dirty:")
		for _, args := range [][]string{{"tasks", "rm", "--force", id}, {"containers", "rm", id}} {
			if out, err := n.Ctr(ctx, args...); err != nil {
				b.Fatal(out, err)
			}
		}
	}
	b.ReportMetric(rss/float64(b.N), "KiB-RSS")
	b.ReportMetric(dirty/float64(b.N), "KiB-dirty")
}

// memory is a sum of smaps_rollup (proc_pid_smaps(5)), in KiB.
func memory(b *testing.B, pid int, what string) (kib float64) {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, what); ok {
			if _, err := fmt.Sscan(value, &kib); err != nil {
				b.Fatal(err)
			}
		}
	}
	return kib
}
