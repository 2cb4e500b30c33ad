package tracer

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"sync/atomic"

	"github.com/callgate/callgate/rules/event"
)

// Facts are what a sandbox's events say of the sandbox itself.
type Facts struct {
	Container event.Container
	K8s       event.K8s
}

// Sandbox is what the processes under one or several filters belong to: a
// container, or the tree of a command. Its facts and its policy can be replaced
// at any time; a call is judged by those that held when its judgement began.
type Sandbox struct {
	facts  atomic.Pointer[Facts]
	policy atomic.Pointer[Policy]
	alerts atomic.Uint64
	stalls stalls

	mu      sync.RWMutex
	entries []*Entry
}

// NewSandbox makes a sandbox. Neither facts nor policy may be changed
// afterwards, only replaced.
func NewSandbox(f *Facts, p *Policy) *Sandbox {
	s := &Sandbox{}
	s.SetFacts(f)
	s.SetPolicy(p)
	return s
}

// Alerts is the number of alerts that its calls have caused.
func (s *Sandbox) Alerts() uint64 { return s.alerts.Load() }

// SetFacts replaces what the sandbox's events say of it.
func (s *Sandbox) SetFacts(f *Facts) { s.facts.Store(f) }

// SetPolicy replaces what the sandbox's calls are judged by.
func (s *Sandbox) SetPolicy(p *Policy) { s.policy.Store(p) }

// NewID makes a sandbox's id: 12 hexadecimal digits, like a container's short id.
func NewID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}
