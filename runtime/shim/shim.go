// Package shim is containerd's runc shim with one addition: before a container is
// created, callgate's daemon is asked how it is to be supervised, and the answer
// is written into its bundle.
//
// Everything else is containerd's own code, in process: the task service and the
// start and delete commands of containerd-shim-runc-v2. One binary serves
// containerd 1.6, 1.7 and 2.x (bootstrap.go, taskv2.go, options.go).
package shim

import (
	"context"
	"fmt"
	"os"
	"slices"

	stock "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/manager"
	"github.com/containerd/containerd/v2/pkg/shim"
)

// Name is the runtime type by which containerd finds the shim.
const Name = "io.containerd.callgate.v1"

// Main is the shim's whole program.
func Main(version string) {
	if slices.ContainsFunc(os.Args[1:], func(a string) bool { return a == "-v" || a == "-version" || a == "--version" }) {
		fmt.Printf("containerd-shim-callgate-v1 %s\n", version)
		return
	}
	ctx := context.Background()
	m := &manager{stock.NewShimManager(Name)}
	if flag := arguments(os.Args[1:]); flag.action == "start" {
		served, err := startLegacy(ctx, m, flag)
		if err != nil {
			// containerd shows what start says on its outputs.
			fmt.Fprintf(os.Stderr, "%s: %v", Name, err)
			os.Exit(1)
		}
		if served {
			return
		}
	}
	register()
	shim.RunShim(ctx, m)
}
