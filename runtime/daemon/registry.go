package daemon

import (
	"cmp"
	"slices"
	"sync"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
)

// registry are the containers under supervision, and those that were admitted
// and are about to start.
type registry struct {
	mu         sync.Mutex
	containers map[key]*container
	admitted   []admitted // the oldest first
}

// admitted is a container that was admitted.
type admitted struct {
	facts  meta.Container
	policy control.Policy
}

// maxAdmitted bounds the admissions that are remembered: whoever starts
// containers may give up between admission and start.
const maxAdmitted = 1024

func newRegistry() *registry { return &registry{containers: make(map[key]*container)} }

// admit remembers an admission until the container's first listener comes.
func (r *registry) admit(a admitted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(keyOf(&a.facts))
	if len(r.admitted) >= maxAdmitted {
		r.admitted = slices.Delete(r.admitted, 0, 1)
	}
	r.admitted = append(r.admitted, a)
}

// forget drops an admission; the caller holds mu.
func (r *registry) forget(k key) {
	r.admitted = slices.DeleteFunc(r.admitted, func(a admitted) bool { return keyOf(&a.facts) == k })
}

// take is what was admitted under a key. It is told once.
func (r *registry) take(k key) (admitted, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.admitted, func(a admitted) bool { return keyOf(&a.facts) == k })
	if i < 0 {
		return admitted{}, false
	}
	a := r.admitted[i]
	r.forget(k)
	return a, true
}

// get is the container of a key, or nil.
func (r *registry) get(k key) *container {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.containers[k]
}

// put makes c the container of its key.
func (r *registry) put(c *container) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.containers[c.key] = c
}

// remove drops a container for good, unless another has its key by now. What is
// left of it is served on.
func (r *registry) remove(c *container) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removed = true
	if r.containers[c.key] == c {
		delete(r.containers, c.key)
	}
}

// add gives a container a listener. It may just have been settled: then it is
// back.
func (r *registry) add(c *container, l *listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listeners[l] = struct{}{}
	if r.containers[c.key] == nil && !c.removed {
		r.containers[c.key] = c
	}
}

// settle drops a container that has neither a listener nor a keeper.
func (r *registry) settle(c *container) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.listeners) == 0 && c.keeper == nil && r.containers[c.key] == c {
		delete(r.containers, c.key)
	}
}

// all are the containers, in the order of their keys.
func (r *registry) all() []*container {
	r.mu.Lock()
	list := make([]*container, 0, len(r.containers))
	for _, c := range r.containers {
		list = append(list, c)
	}
	r.mu.Unlock()
	slices.SortFunc(list, func(a, b *container) int {
		return cmp.Or(cmp.Compare(a.key.namespace, b.key.namespace), cmp.Compare(a.key.id, b.key.id))
	})
	return list
}
