package rig

import (
	"context"
	"strings"
	"testing"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// TestStockShim holds the rig to what containerd does without callgate, with
// every containerd and every runtime once.
func TestStockShim(t *testing.T) {
	NeedRoot(t)
	for _, k := range []struct{ containerd, runtime, version string }{
		{"1.6.20", "runc", "1.1.5"},
		{"2.4.2", "runc", "1.5.2"},
		{"1.6.20", "crun", "1.8.1"},
		{"1.7.35", "runc", "1.5.2"},
	} {
		containerd, err := Find("containerd", k.containerd)
		if err != nil {
			t.Fatal(err)
		}
		runtime, err := Find(k.runtime, k.version)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(containerd.String()+" "+runtime.String(), func(t *testing.T) {
			if containerd.Whence == "long" && !Long() {
				t.Skip("only in the long form (CALLGATE_LONG=1)")
			}
			n := ForTest(t, NodeConfig{Containerd: containerd, Runtime: runtime})
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			testCtr(ctx, t, n)
			testRestart(ctx, t, n)
			c, err := n.CRI(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			testPod(ctx, t, c)
			testNetwork(ctx, t, c)
		})
	}
}

func testCtr(ctx context.Context, t *testing.T, n *Node) {
	for _, k := range []struct {
		flags []string
		call  string
		want  string
	}{
		{nil, "keyctl", "keyctl: ok\n"},
		{[]string{"--seccomp"}, "keyctl", "keyctl: EPERM\n"},
		{[]string{"--privileged"}, "setns", "setns: ok\n"},
	} {
		out, err := n.CtrRun(ctx, Container{ID: "c", Handler: StockHandler, Flags: append(k.flags, "--rm"), Command: []string{ProbePath, k.call}})
		if err != nil || out != k.want {
			t.Errorf("%v %s: %q, %v; want %q", k.flags, k.call, out, err, k.want)
		}
	}
}

func testRestart(ctx context.Context, t *testing.T, n *Node) {
	if out, err := n.CtrRun(ctx, Container{ID: "c", Handler: StockHandler, Flags: []string{"--detach"}}); err != nil {
		t.Fatal(out, err)
	}
	if err := n.StopContainerd(); err != nil {
		t.Fatal(err)
	}
	if err := n.StartContainerd(); err != nil {
		t.Fatal(err)
	}
	shims, err := n.Shims("c")
	if err != nil || len(shims) != 1 {
		t.Errorf("shims: %v, %v; want one", shims, err)
	}
	out, err := n.CtrExec(ctx, "c", ProbePath, "traceme")
	if err != nil || out != "traceme: ok\n" {
		t.Errorf("exec: %q, %v", out, err)
	}
}

func testPod(ctx context.Context, t *testing.T, c *CRI) {
	p := &Pod{Namespace: "default", Name: "pod", Handler: StockHandler, Privileged: true, HostNetwork: true}
	if err := c.RunPod(ctx, p); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		PodContainer
		call, want string
	}{
		{PodContainer{Name: "plain", Seccomp: cri.SecurityProfile_Unconfined, NoNewPrivs: true}, "keyctl", "keyctl: ok\n"},
		{PodContainer{Name: "default", Seccomp: cri.SecurityProfile_RuntimeDefault}, "keyctl", "keyctl: EPERM\n"},
		{PodContainer{Name: "privileged", Privileged: true}, "setns", "setns: ok\n"},
	} {
		k.Command = []string{"/bin/sh", "-c", "echo begun; exec probe"}
		id, err := c.Run(ctx, p, k.PodContainer)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := c.Exec(ctx, id, ProbePath, k.call); err != nil || out != k.want {
			t.Errorf("%s: %q, %v; want %q", k.Name, out, err, k.want)
		}
		if log, err := c.Log(ctx, p, k.Name, "begun"); err != nil {
			t.Errorf("%s: log %q, %v", k.Name, log, err)
		}
	}
	id, err := c.Run(ctx, p, PodContainer{Name: "shell", Terminal: true, Command: []string{"/bin/sh"}})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.ExecTerminal(ctx, id, "tty; exit\n", "/bin/sh", "-il"); err != nil || !strings.Contains(out, "/dev/pts/") {
		t.Errorf("exec on a terminal: %q, %v", out, err)
	}
	if out, err := c.AttachTerminal(ctx, id, "tty; exit\n"); err != nil || !strings.Contains(out, "/dev/") {
		t.Errorf("attach: %q, %v", out, err)
	}
	if s, err := c.Wait(ctx, id); err != nil || s.ExitCode != 0 {
		t.Errorf("status: %v, %v", s, err)
	}
	if err := c.RemovePod(ctx, p); err != nil {
		t.Error(err)
	}
}

// testNetwork lets a pod reach an address that the test gives to the bridge.
func testNetwork(ctx context.Context, t *testing.T, c *CRI) {
	p := &Pod{Namespace: "default", Name: "client", Handler: StockHandler}
	if err := c.RunPod(ctx, p); err != nil {
		t.Fatal(err)
	}
	if _, err := c.node.World.Run(ctx, "ip", "address", "add", "10.96.0.1/32", "dev", Bridge); err != nil {
		t.Fatal(err)
	}
	l, err := c.node.Listen("tcp", "10.96.0.1:443")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	id, err := c.Run(ctx, p, PodContainer{Name: "client"})
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]string{"10.96.0.1:443": "connect: ok\n", "10.96.0.1:444": "connect: ECONNREFUSED\n"} {
		if out, err := c.Exec(ctx, id, ProbePath, "connect", to); err != nil || out != want {
			t.Errorf("connect to %s: %q, %v; want %q", to, out, err, want)
		}
	}
}
