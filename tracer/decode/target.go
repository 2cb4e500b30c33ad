package decode

import (
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/proc"
)

// Target is the thread that makes the call; *proc.Thread is one.
type Target interface {
	// ReadMem reads from the thread's memory. It may return fewer bytes than
	// asked for where the memory ends; no byte at all is an error or an address
	// that can't be read.
	ReadMem(addr uint64, b []byte) (int, error)
	// Resolve makes a path absolute in the thread's root. exact is false when
	// the file system could not be asked.
	Resolve(a *event.Arena, dirfd int, path []byte, follow bool) (name string, exact bool, err error)
	// FD tells what a descriptor of the thread is.
	FD(a *event.Arena, fd int) (proc.FDInfo, error)
	// Socket tells what the socket behind a descriptor is.
	Socket(a *event.Arena, fd int) (proc.SocketInfo, error)
}
