// Package foreground runs one container by an OCI runtime, supervised without a
// daemon, until it ends. The container ends with callgate, however that ends.
package foreground

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/bundle"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/daemon/profiles"
	"github.com/callgate/callgate/runtime/daemon/rulebook"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/runtime/runc"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/recording"
	"github.com/callgate/callgate/tracer/stats"
)

// Options of a container.
type Options struct {
	Bundle string // directory; it is not changed
	Image  *Image // instead of a bundle
	Args   []string
	// Runtime is runc or crun: a path, or a name to look for in PATH.
	Runtime string

	Rules  rules.Options
	Mode   control.Mode
	Alerts func(*alert.Alert)
	Stats  *stats.Stats           // nil: nobody asks
	Record func(*recording.Entry) // takes every event; nil: nobody asks
	// Hangup is what SIGHUP does; nil: it is the container's.
	Hangup func()
}

// StatusOwn is Run's status when callgate itself has failed.
const StatusOwn = 125

// Run runs a container to its end and returns its exit status, as the runtime
// tells it: 1 is also the runtime's own failure, which it has written to standard
// error. An error is callgate's.
func Run(ctx context.Context, o Options) (status int, err error) {
	book, err := rulebook.New(&config.Config{
		RuleSet:  config.RuleSet{Rules: o.Rules.Paths, Sets: o.Rules.Sets, Select: o.Rules.Select},
		Priority: o.Rules.Threshold, Matching: o.Rules.Matching, Mode: o.Mode,
	})
	if err != nil {
		return StatusOwn, err
	}
	dir, err := os.MkdirTemp("", "callgate-run-")
	if err != nil {
		return StatusOwn, fmt.Errorf("make directory of the container: %w", err)
	}
	// The guardian removes it too, for the case that callgate is killed.
	defer func() { err = errors.Join(err, removeDir(dir)) }()
	o.Runtime, err = findRuntime(o.Runtime)
	if err != nil {
		return StatusOwn, err
	}
	if o.Image != nil {
		release, err := o.Image.unpack(ctx, dir, o.Runtime, o.Args)
		if err != nil {
			return StatusOwn, err
		}
		defer func() { err = errors.Join(err, release()) }()
	} else if err := copyBundle(dir, o.Bundle, o.Args); err != nil {
		return StatusOwn, err
	}
	c := &container{id: "callgate-" + tracer.NewID(), dir: dir, options: o}
	if err := c.rewrite(ctx, book); err != nil {
		return StatusOwn, err
	}
	status, err = c.run(ctx)
	if err != nil {
		return StatusOwn, fmt.Errorf("supervise container: %w", err)
	}
	return status, nil
}

// container is the one that is run.
type container struct {
	id      string
	dir     string // its bundle, with the agent's socket beside
	options Options

	facts   meta.Container
	profile bundle.Profile
	sandbox *tracer.Sandbox
}

func (c *container) socket() string { return filepath.Join(c.dir, "agent.sock") }

// rewrite makes the bundle one whose processes are intercepted.
func (c *container) rewrite(ctx context.Context, book *rulebook.Book) error {
	able, err := new(runc.Cache).Features(ctx, c.options.Runtime)
	if err != nil {
		return err
	}
	if err := able.Usable(); err != nil {
		return err
	}
	b, err := bundle.Open(c.dir)
	if err != nil {
		return err
	}
	if c.facts, err = meta.FromConfig(b.Config(), "", c.id); err != nil {
		return err
	}
	if i := c.options.Image; i != nil {
		c.facts.Image = meta.ParseImage(i.Name)
	}
	policy := control.Policy{Mode: c.options.Mode}
	shared, known := c.facts.HostPID.Known()
	filter, err := book.Filter(policy, shared || !known)
	if err != nil {
		return err
	}
	judged, err := book.Policy(policy)
	if err != nil {
		return err
	}
	base, _, err := b.Profile() // of a copy, which nobody has rewritten
	if err != nil {
		return err
	}
	merged, err := new(profiles.Cache).Merge(base, filter, oci.Options{
		ListenerPath: c.socket(), ListenerMetadata: meta.Metadata{ID: c.id}.String(),
		WaitKillable: able.WaitKillable, Refuse: c.options.Mode == control.Enforce,
	})
	if err != nil {
		return err
	}
	if err := b.Rewrite(merged); err != nil {
		return err
	}
	text, err := bundle.Config(c.dir)
	if err != nil {
		return err
	}
	c.profile = bundle.ProfileOf(text)
	inContainer, inPod := c.facts.Event()
	c.sandbox = tracer.NewSandbox(&tracer.Facts{Container: inContainer, K8s: inPod}, judged)
	return nil
}

// hide keeps other processes of the same user from tracing callgate and taking the
// listeners that it holds.
func hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("protect callgate (PR_SET_DUMPABLE): %w", err)
	}
	return nil
}
