// Package recording is a file of judged calls, from which they can be judged
// again.
//
// A recording is a gzip stream (RFC 1952) of lines. The first is a Header, each
// other one an Entry, both JSON. What was written is flushed ten times a second
// and at the end, so that a recording that was cut, by kill -9 or a full disk, can
// be read up to the cut. docs/recording.md describes the format for other readers.
package recording

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Version is the format's. A reader refuses those that it does not know.
const Version = 1

// Header is the first line of a recording.
type Header struct {
	Version  int       `json:"callgate_recording"`
	Hostname string    `json:"hostname"`
	Started  time.Time `json:"started"`
}

// Entry is one event.
type Entry struct {
	// Call numbers the calls; the events of one call, as those of sendmmsg, are
	// judged together.
	Call int
	// ABI is the one that the call was made by.
	ABI syscalls.ABI
	// Unrunnable is the errno by which an exec fails before it begins, or 0:
	// nothing is reported of it (docs/rules-language.md).
	Unrunnable unix.Errno
	// Repeat: the alerts of the call may have been given before.
	Repeat bool
	// Event is all that was known.
	Event *event.Event
}

// entry is an Entry's form in the file.
type entry struct {
	Call       int          `json:"call"`
	ABI        syscalls.ABI `json:"abi"`
	Unrunnable unix.Errno   `json:"unrunnable,omitempty"`
	Repeat     bool         `json:"repeat,omitempty"`
}
