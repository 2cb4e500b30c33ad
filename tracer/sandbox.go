package tracer

import (
	"crypto/rand"
	"encoding/hex"
	"sync"

	"github.com/callgate/callgate/rules/event"
)

// Sandbox is what the processes under one filter belong to: a container, or the
// tree of a command.
type Sandbox struct {
	// Container and K8s are copied into every event of the sandbox.
	Container event.Container
	K8s       event.K8s

	mu      sync.Mutex
	entries map[int]entry // by process id
}

// entry is how far a process that the runtime put into the sandbox has come.
type entry uint8

const (
	// entering: what it does is the runtime's doing, not the user's.
	entering entry = iota + 1
	// entered: it runs the user's program, and its parent is the runtime.
	entered
)

// NewID makes a sandbox's id: 12 hexadecimal digits, like a container's short id.
func NewID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}

// Enter announces a process that the runtime has put into the sandbox and that
// is about to execute the user's program: from then on it has no parent of the
// user's. Where execve is intercepted (execSeen), its calls before that exec are
// the runtime's own and are let through. Where it is not, nobody would tell when
// they end, so they are judged like all others.
func (s *Sandbox) Enter(pid int, execSeen bool) {
	if execSeen {
		s.set(pid, entering)
	} else {
		s.set(pid, entered)
	}
}

func (s *Sandbox) set(pid int, e entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = make(map[int]entry)
	}
	s.entries[pid] = e
}

// entry is the state of a process, zero for one that the user's own programs made.
func (s *Sandbox) entry(pid int) entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[pid]
}
