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
	// Agent is the socket to which the runtime will hand the container's listeners;
	// empty: the daemon's.
	Agent string
	// Hold waits for a daemon that does not answer, instead of failing.
	Hold bool
}

// Container is one about which the daemon has decided.
type Container struct {
	Facts     meta.Container
	Admission control.Admission
	// WaitKillable: its filter will have that flag.
	WaitKillable bool

	bundle   *bundle.Bundle
	prepared bool // its profile was written before
}

// Admit asks the daemon about a container. The error is of type
// *UnavailableError when no daemon answers.
func Admit(ctx context.Context, r Request) (*Container, error) {
	b, err := bundle.Open(r.Bundle)
	if err != nil {
		return nil, err
	}
	c := &Container{bundle: b}
	if c.Facts, err = meta.FromConfig(b.Config(), r.Namespace, r.ID); err != nil {
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
	question := control.Admit{
		Version: control.Version, Container: c.Facts, Runtime: control.Runtime{WaitKillable: c.WaitKillable}, Listener: r.Agent,
	}
	if question.Profile, c.prepared, err = b.Profile(); err != nil {
		return nil, err
	}
	if c.prepared {
		question.Profile, question.Prepared = nil, true
	}
	if len(question.Profile) > control.MaxProfile {
		return nil, fmt.Errorf("supervise container %s: its seccomp profile is larger than %d bytes", r.ID, control.MaxProfile)
	}
	if c.Admission, err = ask(ctx, r.Socket, r.Hold, question); err != nil {
		return nil, err
	}
	if !c.Supervised() {
		return c, nil
	}
	if c.Admission.Profile == nil && !c.prepared {
		return nil, fmt.Errorf("supervise container %s: the daemon's answer has no profile", r.ID)
	}
	return c, able.Usable()
}

// Supervised reports whether the container is to be supervised. If it is not,
// Admission.Reason says why.
func (c *Container) Supervised() bool { return c.Admission.Supervise }

// Rewrite makes the bundle one whose processes are intercepted: the runtime will
// hand their listeners to Request.Agent.
func (c *Container) Rewrite() error {
	if c.prepared {
		return nil
	}
	return c.bundle.Rewrite(c.Admission.Profile)
}
