package profiles

import (
	"crypto/sha256"
	"slices"
	"sync"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
)

// Bounds on what is remembered; whoever may create containers chooses profiles.
const (
	maxKept = 32
	maxText = 128 << 10 // bytes
)

// Cache merges, and remembers the results that were asked for last. Its zero
// value is ready; it may be used by several goroutines.
type Cache struct {
	// merging is held by who merges. A few hundred bytes of masked comparisons take
	// seconds, and containers that start at once often have the same profile: so
	// merges take one CPU from those that judge calls, and who waits may find the
	// result made.
	merging sync.Mutex

	mu   sync.Mutex // may be taken while merging is held
	kept []kept     // the last used last
}

type kept struct {
	key key
	*merged
}

// key is all that a result depends on. A filter that may be asked for again is
// the same variable, which does not change.
type key struct {
	base                 [sha256.Size]byte
	filter               *seccomp.Filter
	refuse, waitKillable bool
}

// Merge is the text of a profile, nil or empty for none, with a filter merged
// into it; null stands for none. A profile that can't be merged gives an
// oci.RefusedError.
func (c *Cache) Merge(base []byte, f *seccomp.Filter, o oci.Options) ([]byte, error) {
	k := key{sha256.Sum256(base), f, o.Refuse, o.WaitKillable}
	if m := c.find(k); m != nil {
		return m.with(o)
	}
	m, err := c.merge(k, base, f, o)
	if err != nil {
		return nil, err
	}
	return m.with(o)
}

// merge makes what is not remembered, and remembers it.
func (c *Cache) merge(k key, base []byte, f *seccomp.Filter, o oci.Options) (*merged, error) {
	c.merging.Lock()
	defer c.merging.Unlock()
	if m := c.find(k); m != nil {
		return m, nil
	}
	m, err := merge(base, f, o)
	if err == nil && !m.own && len(m.text) <= maxText {
		c.keep(k, m)
	}
	return m, err
}

// find is what is remembered under a key, or nil.
func (c *Cache) find(k key) *merged {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.kept, func(e kept) bool { return e.key == k })
	if i < 0 {
		return nil
	}
	e := c.kept[i]
	c.kept = append(slices.Delete(c.kept, i, i+1), e)
	return e.merged
}

func (c *Cache) keep(k key, m *merged) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) == maxKept {
		c.kept = slices.Delete(c.kept, 0, 1)
	}
	c.kept = append(c.kept, kept{k, m})
}
