package rig

import (
	"context"
	"path/filepath"
)

// Ctr runs containerd's command-line client and returns what it printed. The
// namespace is "default" unless the arguments begin with -n.
func (n *Node) Ctr(ctx context.Context, args ...string) (string, error) {
	return n.Run(ctx, filepath.Join(n.programs, "ctr"), append([]string{"-a", n.Socket}, args...)...)
}

// Container is what CtrRun starts.
type Container struct {
	ID      string
	Handler string   // StockHandler or Handler
	Flags   []string // of ctr run: --detach, --privileged, --seccomp, …
	Command []string // nil: the probe, asleep
}

// CtrRun runs a container of [Image] by ctr and returns what it printed.
func (n *Node) CtrRun(ctx context.Context, c Container) (string, error) {
	args := append([]string{"run", "--runtime", runtimeTypes[c.Handler], "--cgroup", n.CgroupParent() + "/" + c.ID}, c.Flags...)
	return n.Ctr(ctx, append(append(args, Image, c.ID), orSleep(c.Command)...)...)
}

// orSleep is a container's command, which sleeps when none is given.
func orSleep(command []string) []string {
	if len(command) == 0 {
		return []string{ProbePath}
	}
	return command
}
