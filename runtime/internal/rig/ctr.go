package rig

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"strconv"
)

// Ctr runs containerd's command-line client and returns what it printed. The
// namespace is "default" unless the arguments begin with -n.
func (n *Node) Ctr(ctx context.Context, args ...string) (string, error) {
	return n.Run(ctx, filepath.Join(n.programs, "ctr"), append([]string{"-a", n.Socket}, args...)...)
}

// CtrExec executes a command, which prints something, in a container and returns
// what it printed. ctr sometimes loses what a process prints that ends before ctr
// has opened its output, so it is executed again then.
func (n *Node) CtrExec(ctx context.Context, id string, command ...string) (out string, err error) {
	for try := 0; try < 5 && out == "" && err == nil; try++ {
		exec := "exec" + strconv.FormatUint(rand.Uint64(), 36) //nolint:gosec // a name
		out, err = n.Ctr(ctx, append([]string{"tasks", "exec", "--exec-id", exec, id}, command...)...)
	}
	return out, err
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
