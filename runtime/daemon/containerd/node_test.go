package containerd_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/daemon/containerd"
	"github.com/callgate/callgate/runtime/internal/rig"
)

func TestMain(m *testing.M) {
	rig.Dispatch()
	code := m.Run()
	rig.Cleanup()
	os.Exit(code)
}

// A real containerd tells image and digest of a real container.
func TestRealContainerd(t *testing.T) {
	rig.NeedRoot(t)
	engine, err := rig.Find("containerd", "1.6.20")
	if err != nil {
		t.Fatal(err)
	}
	runc, err := rig.Find("runc", "1.1.5")
	if err != nil {
		t.Fatal(err)
	}
	n := rig.ForTest(t, rig.NodeConfig{Containerd: engine, Runtime: runc})
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	if _, err := n.CtrRun(ctx, rig.Container{ID: "asked", Handler: rig.StockHandler, Flags: []string{"--label", "a=b"}, Command: []string{"/bin/true"}}); err != nil {
		t.Fatal(err)
	}
	f, err := containerd.Ask(ctx, n.Socket, "default", "asked")
	if err != nil {
		t.Fatal(err)
	}
	if f.Image != rig.Image || !strings.HasPrefix(f.Digest, "sha256:") || f.Labels["a"] != "b" || time.Since(f.Created) > time.Hour {
		t.Errorf("facts %+v", f)
	}
}
