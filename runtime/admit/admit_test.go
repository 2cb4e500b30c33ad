package admit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/admit"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/config"
)

var (
	everything = []config.Override{config.OverrideMode, config.OverrideLoss, config.OverrideRules}
	nothing    []config.Override
)

// node is a configuration with one of everything.
func node(m control.Mode, l control.Loss, o []config.Override) *config.Config {
	c := config.Default()
	c.Mode, c.OnSupervisorLoss, c.AllowOverride, c.SupervisorTimeout = m, l, o, time.Minute
	c.RuleSet = config.RuleSet{Rules: []string{"builtin", "/node.yaml"}, Sets: []string{"reads"}}
	c.RuleSets = map[string]config.RuleSet{"web": {Rules: []string{"/web.yaml"}}, "db": {}}
	return c
}

// Whatever a node says and an annotation asks for: the stricter of both, or what
// was asked for where it may be loosened.
func TestModeAndLoss(t *testing.T) {
	modes := []control.Mode{control.Monitor, control.Enforce}
	losses := []control.Loss{control.Allow, control.Hold, control.Deny, control.Kill}
	for have, m := range modes {
		for asked, want := range modes {
			for _, o := range [][]config.Override{nothing, everything, {config.OverrideLoss, config.OverrideRules}} {
				allowed := slices.Contains(o, config.OverrideMode)
				p, refused := admit.Policy(node(m, control.Hold, o), map[string]string{admit.AnnotationMode: string(want)})
				check(t, p.Mode, refused, expected(modes, have, asked, allowed), asked < have && !allowed)
			}
		}
	}
	for have, l := range losses {
		for asked, want := range losses {
			for _, o := range [][]config.Override{nothing, everything, {config.OverrideMode}} {
				allowed := slices.Contains(o, config.OverrideLoss)
				p, refused := admit.Policy(node(control.Monitor, l, o), map[string]string{admit.AnnotationLoss: string(want)})
				check(t, p.OnSupervisorLoss, refused, expected(losses, have, asked, allowed), asked < have && !allowed)
			}
		}
	}
}

func expected[T any](order []T, have, asked int, allowed bool) T {
	if allowed {
		return order[asked]
	}
	return order[max(have, asked)]
}

func check[T comparable](t *testing.T, got T, refused []admit.Refused, want T, refusal bool) {
	t.Helper()
	if got != want || (len(refused) == 1) != refusal || len(refused) > 1 {
		t.Errorf("decided %v, want %v; refused %v, want %v", got, want, refused, refusal)
	}
}

func TestRules(t *testing.T) {
	nodes := rules.Options{Paths: []string{"builtin", "/node.yaml"}, Sets: []string{"reads"}}
	strict := rules.Options{Paths: nodes.Paths, Sets: []string{"reads", "strict"}}
	for _, c := range []struct {
		value   string
		allowed []config.Override
		want    rules.Options
		refused string // part of the reason
	}{
		{"strict", nothing, strict, ""},
		{" strict , strict", nothing, strict, ""},
		{"web", everything, rules.Options{Paths: []string{"/web.yaml"}}, ""},
		{"web,strict", everything, rules.Options{Paths: []string{"/web.yaml"}, Sets: []string{"strict"}}, ""},
		{"db", everything, rules.Options{}, ""},
		{"web", nothing, nodes, "would replace the node's rules"},
		{"web", []config.Override{config.OverrideMode}, nodes, "would replace the node's rules"},
		{"web,strict", nothing, nodes, "would replace"},
		{"web,db", everything, nodes, "can't both replace"},
		{"none", everything, nodes, `no rule set "none"; there are core, default, reads, incubating, sandbox, strict, db, web`},
		{"/etc/passwd", everything, nodes, "no rule set"},
		{"../web", everything, nodes, "no rule set"},
		{"", everything, nodes, "no rule set"},
	} {
		n := node(control.Monitor, control.Hold, c.allowed)
		p, refused := admit.Policy(n, map[string]string{admit.AnnotationRules: c.value})
		got, err := admit.Rules(n, p.Rules)
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%q: %v, want, got:\n%s", c.value, err, d)
		}
		if (c.refused == "") != (len(refused) == 0) || len(refused) > 0 && !strings.Contains(refused[0].String(), c.refused) {
			t.Errorf("%q: refused %v, want %q", c.value, refused, c.refused)
		}
	}
}

// The addresses of the cluster's API go into whichever rules are loaded.
func TestKubernetesAPI(t *testing.T) {
	n := node(control.Monitor, control.Hold, everything)
	n.KubernetesAPI = []string{"192.0.2.1"}
	for _, names := range [][]string{nil, {"web"}} {
		got, err := admit.Rules(n, names)
		if want := map[string][]string{rules.KubernetesAPI: {"192.0.2.1"}}; err != nil || !cmp.Equal(got.Extend, want) {
			t.Errorf("%q: %v, %v", names, got.Extend, err)
		}
	}
}

func TestNonsense(t *testing.T) {
	n := node(control.Enforce, control.Deny, everything)
	p, refused := admit.Policy(n, map[string]string{
		admit.AnnotationMode: "Enforce", admit.AnnotationLoss: "", "callgate.dev/else": "x", "mode": "monitor",
	})
	if p.Mode != control.Enforce || p.OnSupervisorLoss != control.Deny || p.SupervisorTimeout != time.Minute || len(p.Rules) > 0 {
		t.Errorf("decided %+v", p)
	}
	if len(refused) != 2 || refused[0].String() != `annotation callgate.dev/mode: "Enforce" is refused: it is none of monitor, enforce` {
		t.Errorf("refused %v", refused)
	}
	if err := p.Check(); err != nil {
		t.Error(err)
	}
}

// A set that has left the configuration since a container started.
func TestForgottenRules(t *testing.T) {
	if _, err := admit.Rules(node(control.Monitor, control.Hold, nothing), []string{"old"}); err == nil {
		t.Error("found")
	}
}
