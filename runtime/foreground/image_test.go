package foreground_test

import (
	"context"
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// An image of containerd's runs, and its file system is given back.
func TestImage(t *testing.T) {
	rig.NeedRoot(t)
	containerd, err := rig.Find("containerd", "1.6.20")
	if err != nil {
		t.Fatal(err)
	}
	runc, err := rig.Find("runc", "1.1.5")
	if err != nil {
		t.Fatal(err)
	}
	n := rig.ForTest(t, rig.NodeConfig{Containerd: containerd, Runtime: runc})
	program, err := rig.Build("cmd/callgate")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	run := func(args ...string) (string, error) {
		return n.Run(ctx, program, append([]string{"run", "--runtime", n.RuntimePath, "--containerd-socket", n.Socket, "--sink", "stdout", "--image"}, args...)...)
	}
	out, err := run(rig.Image, "--", "/bin/sh", "-c", "echo made > /file && echo out; unshare -U true")
	if err == nil {
		t.Log("an unshare without rights succeeded") // only its alert matters
	}
	if !strings.HasPrefix(out, "out\n") || !strings.Contains(out, "process=unshare") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := run(rig.Image, "--", "/bin/sh", "-c", "test ! -e /file"); err != nil {
		t.Error("a second container has the first one's files:", err)
	}
	if _, err := run("localhost/none:1"); err == nil || !strings.Contains(err.Error(), "pull it (ctr -n default images pull localhost/none:1)") {
		t.Error(err)
	}
	snapshots, err := n.Ctr(ctx, "snapshots", "list")
	if err != nil || strings.Contains(snapshots, "callgate-run-") {
		t.Error(snapshots, err)
	}
	if mounts, err := n.Run(ctx, "cat", "/proc/self/mounts"); err != nil || strings.Contains(mounts, "callgate-run-") {
		t.Error(mounts, err)
	}
}
