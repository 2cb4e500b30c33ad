// Package prepare makes a container ready for supervision before an OCI runtime
// makes it: the daemon decides, and its decision is written into the bundle. It
// is what callgate's shim and its runc wrapper have in common.
package prepare

import (
	"context"
	"errors"
	"fmt"

	"github.com/callgate/callgate/runtime/bundle"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/runtime/runc"
	"github.com/callgate/callgate/seccomp/oci"
)

// ErrRestore says that a container can't be restored from a checkpoint: its
// processes come back with the filter that they had, without its listener.
var ErrRestore = errors.New("callgate can't supervise a container that is restored from a checkpoint")

// Request is a container that is to be made.
type Request struct {
	Namespace string // containerd's, or empty
	ID        string
	Bundle    string // directory
	// Runtime tells what the OCI runtime can do.
	Runtime func(context.Context) (*runc.Features, error)
	Socket  string // of the daemon
	// Hold waits for a daemon that does not answer, instead of failing.
	Hold bool
}

// Container is one about which the daemon has decided.
type Container struct {
	Facts     meta.Container
	Admission control.Admission
	// WaitKillable: its filter will have that flag.
	WaitKillable bool
}

// Admit asks the daemon about a container. The error is of type
// *UnavailableError when no daemon answers.
func Admit(ctx context.Context, r Request) (*Container, error) {
	config, err := bundle.Config(r.Bundle)
	if err != nil {
		return nil, err
	}
	c := new(Container)
	if c.Facts, err = meta.FromConfig(config, r.Namespace, r.ID); err != nil {
		return nil, err
	}
	c.Facts.Bundle = r.Bundle
	// The id is looked at too: an annotation alone is one that a user of docker
	// or podman can set.
	if c.Facts.IsSandbox() && c.Facts.Pod.SandboxID == r.ID {
		c.Admission.Reason = "it only holds the namespaces of a pod"
		return c, nil
	}
	able, err := r.Runtime(ctx)
	if err != nil {
		return nil, err
	}
	c.WaitKillable = able.WaitKillable
	c.Admission, err = ask(ctx, r.Socket, r.Hold, control.Admit{
		Version: control.Version, Container: c.Facts, Runtime: control.Runtime{WaitKillable: c.WaitKillable},
	})
	if err != nil {
		return nil, err
	}
	if !c.Supervised() {
		return c, nil
	}
	if c.Admission.Filter == nil {
		return nil, fmt.Errorf("supervise container %s: the daemon's answer has no filter", r.ID)
	}
	return c, able.Usable()
}

// Supervised reports whether the container is to be supervised. If it is not,
// Admission.Reason says why.
func (c *Container) Supervised() bool { return c.Admission.Supervise }

// Rewrite makes the bundle one whose processes are intercepted: the runtime will
// hand their listeners to the agent that listens on a socket.
func (c *Container) Rewrite(agentSocket string) error {
	return bundle.Rewrite(c.Facts.Bundle, bundle.Change{
		Filter: c.Admission.Filter,
		Options: oci.Options{
			ListenerPath:     agentSocket,
			ListenerMetadata: meta.Metadata{ID: c.Facts.ID, Namespace: c.Facts.Namespace}.String(),
			WaitKillable:     c.WaitKillable,
			Refuse:           c.Admission.Enforce,
		},
	})
}
