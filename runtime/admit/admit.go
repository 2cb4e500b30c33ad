// Package admit decides how a container is supervised: as the node's
// configuration says, changed by the annotations of its pod where they make it
// stricter or the configuration allows them to loosen it.
package admit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/config"
)

// The annotations that have a say.
const (
	AnnotationMode  = "callgate.dev/mode"
	AnnotationLoss  = "callgate.dev/on-supervisor-loss"
	AnnotationRules = "callgate.dev/rules"
)

// Refused is an annotation that does not count, and why. The node's value stays.
type Refused struct {
	Annotation, Value, Reason string
}

func (r Refused) String() string {
	return fmt.Sprintf("annotation %s: %q is refused: %s", r.Annotation, r.Value, r.Reason)
}

// Policy decides by a container's annotations.
func Policy(node *config.Config, annotations map[string]string) (control.Policy, []Refused) {
	d := decision{node: node, policy: control.Policy{
		Mode: node.Mode, OnSupervisorLoss: node.OnSupervisorLoss, SupervisorTimeout: node.SupervisorTimeout,
	}}
	for _, a := range []struct {
		name  string
		apply func(*decision, string) string
	}{
		{AnnotationMode, (*decision).mode},
		{AnnotationLoss, (*decision).loss},
		{AnnotationRules, (*decision).rules},
	} {
		value, ok := annotations[a.name]
		if !ok {
			continue
		}
		if reason := a.apply(&d, value); reason != "" {
			d.refused = append(d.refused, Refused{a.name, value, reason})
		}
	}
	return d.policy, d.refused
}

// decision is one that is being made. Its methods apply an annotation, or say
// why it is refused.
type decision struct {
	node    *config.Config
	policy  control.Policy
	refused []Refused
}

// Strictness, the loosest first. Of the losses only allow lets calls through
// unjudged; hold may still let them through once a daemon is back.
var (
	modes  = []control.Mode{control.Monitor, control.Enforce}
	losses = []control.Loss{control.Allow, control.Hold, control.Deny, control.Kill}
)

func (d *decision) mode(value string) string {
	return choose(&d.policy.Mode, control.Mode(value), modes, d.allows(config.OverrideMode), config.OverrideMode)
}

func (d *decision) loss(value string) string {
	return choose(&d.policy.OnSupervisorLoss, control.Loss(value), losses, d.allows(config.OverrideLoss), config.OverrideLoss)
}

func (d *decision) allows(o config.Override) bool { return slices.Contains(d.node.AllowOverride, o) }

// choose takes a value that is at least as strict as the one that is there, or
// that may be looser.
func choose[T ~string](have *T, want T, order []T, loosen bool, name config.Override) string {
	i := slices.Index(order, want)
	switch {
	case i < 0:
		return fmt.Sprintf("it is none of %s", join(order))
	case i < slices.Index(order, *have) && !loosen:
		return fmt.Sprintf("it is looser than the node's %s, and allow_override of the daemon's configuration does not hold %s", *have, name)
	}
	*have = want
	return ""
}

// rules takes names, separated by commas: embedded sets, whose rules come beside
// the node's, and at most one of the configuration's rule sets, which replaces
// them.
func (d *decision) rules(value string) string {
	var names []string
	base := ""
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		_, known := d.node.RuleSets[name]
		switch {
		case slices.Contains(rules.SetNames(), name):
		case !known:
			return fmt.Sprintf("there is no rule set %q; there are %s", name, join(d.known()))
		case base != "":
			return fmt.Sprintf("%s and %s can't both replace the node's rules", base, name)
		case !d.allows(config.OverrideRules):
			return fmt.Sprintf("%s would replace the node's rules, and allow_override of the daemon's configuration does not hold %s", name, config.OverrideRules)
		default:
			base = name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	d.policy.Rules = names
	return ""
}

// known are the names that the annotation can hold.
func (d *decision) known() []string {
	var own []string
	for name := range d.node.RuleSets {
		own = append(own, name)
	}
	slices.Sort(own)
	return append(rules.SetNames(), own...)
}

func join[T ~string](words []T) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return strings.Join(list, ", ")
}

// Rules are what the rules of a policy are loaded from. A rule set that the
// configuration does not have any more is an error.
func Rules(node *config.Config, names []string) (rules.Options, error) {
	base := node.RuleSet
	var more []string
	for _, name := range names {
		switch own, known := node.RuleSets[name]; {
		case known:
			base = own
		case slices.Contains(rules.SetNames(), name):
			more = append(more, name)
		default:
			return rules.Options{}, fmt.Errorf("there is no rule set %q; there are %s", name, join((&decision{node: node}).known()))
		}
	}
	o := rules.Options{
		Paths: base.Rules, Sets: slices.Concat(base.Sets, more), Select: base.Select, Threshold: node.Priority, Matching: node.Matching,
	}
	if len(node.KubernetesAPI) > 0 {
		o.Extend = map[string][]string{rules.KubernetesAPI: node.KubernetesAPI}
	}
	return o, nil
}
