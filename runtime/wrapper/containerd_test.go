package wrapper_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/runtime/internal/standin"
)

// containerd's stock shim with the wrapper as its runtime (BinaryName), which is
// how docker calls it too. The real runtime is found in PATH.
func TestBinaryName(t *testing.T) {
	rig.NeedRoot(t)
	program, err := rig.Build("cmd/callgate-runc")
	if err != nil {
		t.Fatal(err)
	}
	containerd, err := rig.Find("containerd", "1.6.20")
	if err != nil {
		t.Fatal(err)
	}
	runtime, err := rig.Find("runc", "1.1.5")
	if err != nil {
		t.Fatal(err)
	}
	n := rig.ForTest(t, rig.NodeConfig{Containerd: containerd, Runtime: runtime})
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	run := func(id string) (string, error) {
		return n.CtrRun(ctx, rig.Container{ID: id, Handler: rig.StockHandler, Flags: []string{"--rm", "--runc-binary", program}, Command: []string{rig.ProbePath, "keyctl"}})
	}
	// The stock shim tells what stands in the runtime's log.
	if out, err := run("closed"); err == nil || !strings.Contains(err.Error(), control.DefaultSocket) || !strings.Contains(err.Error(), "systemctl start callgate") {
		t.Errorf("without a daemon: %q, %v", out, err)
	}
	d := standin.Start(t, n.Path(control.DefaultSocket))
	d.ListenAgent(n.Path(control.DefaultAgentSocket))
	if out, err := run("c"); err != nil || out != "keyctl: ok\n" {
		t.Errorf("with one: %q, %v", out, err)
	}
	if asked := d.Asked(); len(asked) != 1 || asked[0].ID != "c" || asked[0].Namespace != "default" || d.Calls("c") == 0 {
		t.Errorf("asked about %+v; %d calls came", asked, d.Calls("c"))
	}
}
