// Package wrapper is an OCI runtime that is runc or crun, with one addition:
// before a container is made, callgate's daemon is asked how it is to be
// supervised, and the answer is written into its bundle.
//
// It serves whoever calls an OCI runtime: docker, podman, CRI-O, and containerd
// by BinaryName. The runtime then hands the listener to the daemon itself, so
// nothing of the wrapper stays.
package wrapper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/prepare"
	"github.com/callgate/callgate/runtime/runc"
)

// status is runc's for its own failures.
const status = 1

// Main is the wrapper's whole program: it becomes the runtime, or returns an
// exit status.
func Main(args []string) int {
	i, err := parse(args[1:])
	if err == nil {
		err = become(i, args)
	}
	report(os.Stderr, i, err)
	return status
}

// become prepares the container that is to be made, if one is, and executes the
// runtime with the arguments as they came. Signals that were ignored get their
// default action, except for SIGHUP and SIGINT: so Go does it, and in runc too.
func become(i *invocation, args []string) error {
	program, err := findRuntime("/proc/self/exe", os.Getenv(runtimeVariable), cmp.Or(os.Getenv("PATH"), standardPath))
	if err != nil {
		return err
	}
	switch {
	case i.command == restore:
		return prepare.ErrRestore
	case i.id != "":
		if err := supervise(i, program); err != nil {
			return err
		}
	}
	err = unix.Exec(program, append([]string{program}, args[1:]...), os.Environ())
	return fmt.Errorf("execute %s: %w", program, err)
}

// supervise writes the daemon's decision into the bundle.
func supervise(i *invocation, program string) error {
	if i.option("config", "") != "" {
		return errors.New("option --config is not supported: only a bundle's config.json is supervised")
	}
	bundle, err := filepath.Abs(i.option("bundle", "."))
	if err != nil {
		return fmt.Errorf("find bundle: %w", err)
	}
	ctx := context.Background()
	c, err := prepare.Admit(ctx, prepare.Request{
		ID:        i.id,
		Namespace: namespaceOf(bundle, i.id),
		Bundle:    bundle,
		Runtime:   func(ctx context.Context) (*runc.Features, error) { return new(runc.Cache).Features(ctx, program) },
		Socket:    control.SocketPath(""),
	})
	if err != nil || !c.Supervised() {
		return err
	}
	return c.Rewrite()
}

// namespaceOf is containerd's namespace where it is containerd that calls: its
// bundles are DIR/io.containerd.runtime.v2.task/NAMESPACE/ID.
func namespaceOf(bundle, id string) string {
	dir := filepath.Dir(bundle)
	if filepath.Base(bundle) != id || filepath.Base(filepath.Dir(dir)) != "io.containerd.runtime.v2.task" {
		return ""
	}
	return filepath.Base(dir)
}
