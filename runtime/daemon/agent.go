package daemon

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/bundle"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/tracer/notify"
)

// serveAgent takes listeners from OCI runtimes until ctx ends.
func (d *Daemon) serveAgent(ctx context.Context, l *net.UnixListener) error {
	return agent.Serve(ctx, l, agent.Options{Allow: allowed, Log: d.log}, func(r agent.Received) {
		if err := d.takeOver(ctx, r); err != nil {
			d.log.Error("listener from an OCI runtime", "container", r.State.State.ID, "error", err)
			d.alerts.tell(ruleListener, rules.Critical, &meta.Container{ID: r.State.State.ID},
				"a container's calls can't be judged, so those that are intercepted fail | cause="+err.Error())
		}
	})
}

// takeOver serves a listener that an OCI runtime has sent. Nobody else has it,
// so the service manager is given copies before the first call is received.
func (d *Daemon) takeOver(ctx context.Context, r agent.Received) error {
	r.State.Pid = max(r.State.Pid, 0)
	slots, err := notify.NewSlots()
	if err != nil {
		_ = r.Listener.Close()
		return err
	}
	c, k := d.containerOf(&r)
	h := handover{
		listener: r.Listener, slots: slots, pid: r.State.Pid, waitKillable: k.WaitKillable, seesExecs: k.SeesExecs,
	}
	if err := d.store(ctx, c, &h); err != nil {
		// It is served all the same, until this daemon ends.
		d.log.Error("the service manager does not keep a listener", "container", c.key.id, "error", err)
	}
	return d.serve(c, h)
}

// containerOf is the container that a listener belongs to. Its identity is the
// metadata that callgate wrote into the profile, else the runtime's id; crun
// tells neither process nor bundle of what it executes in a running one.
func (d *Daemon) containerOf(r *agent.Received) (*container, bundle.Profile) {
	k := key{id: r.State.State.ID}
	if m, err := meta.ParseMetadata(r.State.Metadata); err == nil {
		k = key{m.Namespace, m.ID}
	}
	d.joining.Lock()
	defer d.joining.Unlock()
	if c := d.registry.get(k); c != nil {
		return c, c.profile
	}
	config, err := readConfig(r.State.State.Bundle)
	if err != nil {
		d.log.Warn("little is known of a container", "container", k.id, "error", err)
	}
	a, known := d.registry.take(k)
	if !known {
		a.facts, err = meta.FromConfig(config, k.namespace, k.id)
		if err != nil {
			a.facts = meta.Container{ID: k.id, Namespace: k.namespace, Name: k.id, Runtime: "oci"}
		}
		a.facts.Bundle = r.State.State.Bundle
		a.policy, _ = d.decide(&a.facts)
	}
	a.facts.PID = r.State.State.Pid
	c := d.newContainer(a.facts, a.policy)
	c.profile = bundle.ProfileOf(config)
	d.registry.put(c)
	d.enrich(c)
	return c, c.profile
}

// maxConfig bounds a bundle's config.json, in bytes.
const maxConfig = 16 << 20

// readConfig reads a bundle's config.json.
func readConfig(bundle string) ([]byte, error) {
	if !filepath.IsAbs(bundle) {
		return nil, fmt.Errorf("read bundle: %q is no absolute path", bundle)
	}
	f, err := os.Open(filepath.Join(bundle, "config.json"))
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return b, nil
}
