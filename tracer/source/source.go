// Package source is what every way of catching a system call has in common:
// the call as it was caught, the reply it is given, and the handler between
// them. The user-notify source is tracer/notify.
package source

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Call is one intercepted system call, as the registers say. Its thread sleeps
// in the call until it is answered.
type Call struct {
	// TID is the calling thread in callgate's pid namespace; 0 when it is not
	// visible there, in which case nothing of it may be read.
	TID  int
	ABI  syscalls.ABI
	NR   int // without syscalls.X32Bit
	IP   uint64
	Args [6]uint64

	// Valid reports whether the thread still sleeps in this very call. What was
	// read of the thread before a false answer may be another's memory.
	Valid func() bool
	// Memo is what a handler remembered of an earlier notification of the same
	// call, or nil: a signal can make a thread restart a call, which is then
	// one event and not two.
	Memo any
	// Act runs what can't be undone, such as sending an alert. It is false, and
	// nothing was run, when the call is the handler's no longer because its
	// decision took too long: then nothing is to be done about it.
	Act func(effect func()) bool
	// Restarts: the call can be notified again, so that Remember may be asked
	// for.
	Restarts bool
	// Repeat: a source that was killed had this call before. What is done about
	// it now may have been done already.
	Repeat bool
	// Answered is what a handler remembered of this thread's last call, or nil: it
	// had the same registers and was answered, and this is another one, or that one
	// once more, for a signal can overtake an answer.
	Answered any
}

// Verb says what happens to a call.
type Verb uint8

// What can happen to a call.
const (
	Continue Verb = iota // the kernel executes it
	Fail                 // it returns -1 with Errno
	Kill                 // its process is killed with SIGKILL
)

// Reply is the answer to a call.
type Reply struct {
	Verb  Verb
	Errno unix.Errno // with Fail
}

// Handler judges calls, one at a time; every worker of a source has its own.
type Handler interface {
	// Handle decides a call. The call is the handler's until it returns.
	Handle(*Call) Reply
	// Unread decides a call whose Handle, by another handler, does not come to
	// an end: the caller can make the reading of its memory and files take for
	// ever. It must not read them. back is called when that Handle has returned.
	Unread(c *Call) (r Reply, back func())
	// Remember is a note on what Handle has decided, asked for before the next
	// call is handled. The answer found its caller gone, and the same call may be
	// notified again: then it is the call's Memo. Or something was done about the
	// call: then it may be what the next one's Answered is.
	Remember() any
	// Rest is called when the worker may have nothing to do for long, so that
	// the handler gives back what it does not need meanwhile.
	Rest()
}
