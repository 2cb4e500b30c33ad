package daemon

import (
	"sync"

	"github.com/callgate/callgate/runtime/bundle"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/stats"
)

// key names a container: ids are unique within a namespace.
type key struct{ namespace, id string }

func keyOf(c *meta.Container) key { return key{c.Namespace, c.ID} }

// container is one container under supervision.
type container struct {
	key     key
	policy  control.Policy
	filter  *seccomp.Filter // that it was started with; nil: not known
	profile bundle.Profile  // of one that came without a shim
	sandbox *tracer.Sandbox

	mu        sync.Mutex
	facts     meta.Container
	listeners map[*listener]struct{}
	past      stats.Histogram // calls of listeners that have ended
	keeper    *control.Conn   // nil: nobody but the daemon's stores keeps its listeners
	keeperPID int
	removed   bool     // its keeper said that it was deleted
	unseen    []string // calls that rules want to see and the filter lets through
}

func newContainer(facts meta.Container, p control.Policy, f *seccomp.Filter, judged *tracer.Policy) *container {
	return &container{
		key: keyOf(&facts), policy: p, filter: f, facts: facts,
		sandbox:   tracer.NewSandbox(factsOf(&facts), judged),
		listeners: make(map[*listener]struct{}),
	}
}

func factsOf(c *meta.Container) *tracer.Facts {
	ec, k8s := c.Event()
	return &tracer.Facts{Container: ec, K8s: k8s}
}

// known is what is known of the container now.
func (c *container) known() meta.Container {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.facts
}

// learn changes what is known. Calls that are being judged have the old facts.
func (c *container) learn(change func(*meta.Container)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.facts)
	c.sandbox.SetFacts(factsOf(&c.facts))
}

// status is the container as callgate ps shows it.
func (c *container) status() control.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := c.past
	for l := range c.listeners {
		l.stats.Total(&total)
	}
	return control.ContainerStatus{
		Container: c.facts, Policy: c.policy, Listeners: len(c.listeners), Notifications: total.Count(),
		Alerts: c.sandbox.Alerts(), P99: total.Quantile(0.99), Unseen: c.unseen,
	}
}
