package seccomp

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// handle owns descriptors that several goroutines use. They are closed when it
// is shut and the last use has ended, so that a number that the kernel has
// given away again is never used by mistake.
type handle struct {
	fd   int
	stop int // an eventfd that becomes readable when the handle is shut; -1: none
	// state counts uses, below two flags.
	state atomic.Uint32
}

const (
	// closing: no use may begin.
	closing = 1 << 31
	// closed: the descriptors are gone. Uses that fail go on counting.
	closed = closing | 1<<30
)

// acquire begins a use; false after shut.
func (h *handle) acquire() bool {
	if h.state.Add(1)&closing != 0 {
		h.release()
		return false
	}
	return true
}

// release ends a use.
func (h *handle) release() {
	// The swap fails where a use began (and will fail) in between: then its
	// release comes by here.
	if h.state.Add(^uint32(0)) != closing || !h.state.CompareAndSwap(closing, closed) {
		return
	}
	unix.Close(h.fd) //nolint:errcheck // nothing was written to it
	if h.stop >= 0 {
		unix.Close(h.stop) //nolint:errcheck // the same
	}
}

// shut lets no further use begin; false if it was shut before. It is called
// between acquire and release.
func (h *handle) shut() bool { return h.state.Or(closing)&closing == 0 }
