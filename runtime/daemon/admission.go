package daemon

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/admit"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/rulebook"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/tracer"
)

// admit answers how a container is to be supervised.
func (d *Daemon) admit(ctx context.Context, conn *control.Conn, a control.Admit) error {
	if a.Version != control.Version {
		return refuseVersion(ctx, conn, a.Version)
	}
	if a.Container.ID == "" {
		return refuse(ctx, conn, errors.New("the container has no id"))
	}
	if a.Container.IsSandbox() {
		return answer(ctx, conn, control.KindAdmitted, control.Admission{Reason: "it is the pause container of a pod"})
	}
	policy, notes := d.decide(&a.Container)
	filter, err := d.book.Filter(policy, mayReachDaemon(&a.Container))
	if err != nil {
		return refuse(ctx, conn, fmt.Errorf("make a filter for container %s: %w", a.Container.ID, err))
	}
	profile, err := d.profile(&a, filter, policy.Mode)
	if err != nil {
		return refuse(ctx, conn, fmt.Errorf("make a seccomp profile for container %s: %w", a.Container.ID, err))
	}
	if d.filters != nil {
		if policy.Filter, err = d.filters.Keep(filter); err != nil {
			// Supervision does not depend on it.
			d.log.Error("a later daemon will not know the container's filter", "container", a.Container.ID, "error", err)
		}
	}
	d.registry.admit(admitted{a.Container, policy})
	return answer(ctx, conn, control.KindAdmitted, control.Admission{
		Supervise: true, Profile: profile, Policy: policy, Notes: notes,
	})
}

// profile is the seccomp profile of a container that is admitted with a filter;
// nil: it has one from before.
func (d *Daemon) profile(a *control.Admit, f *seccomp.Filter, mode control.Mode) (json.RawMessage, error) {
	if a.Prepared {
		return nil, nil
	}
	text, err := d.profiles.Merge(a.Profile, f, oci.Options{
		ListenerPath:     cmp.Or(a.Listener, d.node.AgentSocket),
		ListenerMetadata: meta.Metadata{ID: a.Container.ID, Namespace: a.Container.Namespace}.String(),
		WaitKillable:     a.Runtime.WaitKillable,
		Refuse:           mode == control.Enforce,
	})
	if err == nil && len(text) > control.MaxProfile {
		err = fmt.Errorf("it would be larger than %d bytes", control.MaxProfile)
	}
	return text, err
}

// mayReachDaemon reports whether a container sees the host's processes, or may.
func mayReachDaemon(c *meta.Container) bool {
	shared, known := c.HostPID.Known()
	return shared || !known
}

// decide makes a container's policy, with an alert for each annotation that is
// refused.
func (d *Daemon) decide(c *meta.Container) (p control.Policy, notes []string) {
	p, refused := admit.Policy(d.node, c.Annotations)
	for _, r := range refused {
		d.refuseAnnotation(c, r)
		notes = append(notes, r.String())
	}
	// A set that can't be loaded any more, because a file has mistakes now.
	if _, err := d.book.Policy(p); err != nil {
		r := admit.Refused{Annotation: admit.AnnotationRules, Value: c.Annotations[admit.AnnotationRules], Reason: err.Error()}
		d.refuseAnnotation(c, r)
		notes = append(notes, r.String())
		p.Rules = nil
	}
	return p, notes
}

func (d *Daemon) refuseAnnotation(c *meta.Container, r admit.Refused) {
	d.log.Warn("annotation refused", "container", c.ID, "annotation", r.Annotation, "value", r.Value, "reason", r.Reason)
	d.alerts.tell(ruleAnnotation, rules.Warning, c, r.String(),
		alert.Field{Name: "callgate.annotation", Value: alert.String(r.Annotation)},
		alert.Field{Name: "callgate.value", Value: alert.String(r.Value)},
		alert.Field{Name: "callgate.reason", Value: alert.String(r.Reason)})
}

// newContainer makes a container that was admitted with a policy, by this daemon
// or one before it.
func (d *Daemon) newContainer(facts meta.Container, p control.Policy) *container {
	var filter *seccomp.Filter
	if d.filters != nil && p.Filter != "" {
		var err error
		if filter, err = d.filters.Find(p.Filter); err != nil {
			d.log.Warn("what the container's filter sees is not known", "container", facts.ID, "error", err)
		}
	}
	c := newContainer(facts, p, filter, d.judgedBy(&facts, &p))
	d.compare(c)
	return c
}

// judgedBy is what a container's calls are judged by. When its rule set is not
// there any more they are the node's rules.
func (d *Daemon) judgedBy(facts *meta.Container, p *control.Policy) *tracer.Policy {
	judged, err := d.book.Policy(*p)
	if err == nil {
		return judged
	}
	d.alerts.tell(ruleNoRules, rules.Error, facts, "a container's rule set can't be loaded, so the node's rules judge it | cause="+err.Error())
	judged, err = d.book.Policy(control.Policy{Mode: p.Mode})
	if err != nil {
		panic(err) // the node's rules are always loaded
	}
	return judged
}

// compare notes which calls the rules want to see and the container's filter,
// which stays as it was at its start, lets through.
func (d *Daemon) compare(c *container) (unseen []string) {
	if c.filter == nil {
		return nil
	}
	wanted, err := d.book.Filter(c.policy, false)
	if err == nil {
		unseen = rulebook.Unseen(wanted, c.filter)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unseen = unseen
	return unseen
}
