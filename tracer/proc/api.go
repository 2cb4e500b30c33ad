package proc

import (
	"errors"
	"net/netip"

	"github.com/callgate/callgate/rules/event"
)

// Signatures that are filled in by the next commits.

// Exe is the running program's file.
type Exe struct {
	Path       string // in the process's root; memfd:NAME for an anonymous file
	Memfd      bool
	Deleted    bool
	UpperLayer Tri // in an overlay's upper layer
}

// Tri is yes, no or unknown.
type Tri int8

// The values of a Tri.
const (
	Unknown Tri = iota
	No
	Yes
)

// Image is what an execve would run.
type Image struct {
	ExePath    string
	Comm       string
	Argv       []string
	Script     string // the first script, "" without one
	Memfd      bool
	UpperLayer Tri
	Err        error // why it can't run: ENOENT, EACCES, ENOEXEC, ...
}

// FDInfo is what a descriptor is.
type FDInfo struct {
	Name string
	Type string // as event.FD.Type
	PID  int    // pidfd: the process, in callgate's pid namespace
}

// SocketInfo is what a socket is.
type SocketInfo struct {
	Family, Type, Proto int
	Local, Peer         netip.AddrPort
	UnixLocal, UnixPeer string
}

var errTodo = errors.New("not there yet")

func (t *Thread) ReadMem(addr uint64, b []byte) (int, error) { return 0, errTodo }

// Cmdline appends the arguments to argv.
func (t *Thread) Cmdline(a *event.Arena, argv []string) ([]string, error) { return argv, errTodo }

// Environ is the NUL-separated environment.
func (t *Thread) Environ(a *event.Arena) (string, error)            { return "", errTodo }
func (t *Thread) Exe(a *event.Arena) (Exe, error)                   { return Exe{}, errTodo }
func (t *Thread) CWD(a *event.Arena) (string, error)                { return "", errTodo }
func (t *Thread) LoginUID() (int, error)                            { return 0, errTodo } // -1: nobody
func (t *Thread) UserName(a *event.Arena, uid int) (string, error)  { return "", errTodo }
func (t *Thread) GroupName(a *event.Arena, gid int) (string, error) { return "", errTodo }

// Resolve: exact is false when callgate couldn't look and normalised lexically.
func (t *Thread) Resolve(a *event.Arena, dirfd int, path []byte, follow bool) (name string, exact bool, err error) {
	return "", false, errTodo
}

// Image fills im, reusing im.Argv.
func (t *Thread) Image(a *event.Arena, dirfd int, path []byte, flags int, argv []string, im *Image) error {
	return errTodo
}
func (t *Thread) FD(a *event.Arena, fd int) (FDInfo, error)         { return FDInfo{}, errTodo }
func (t *Thread) Socket(a *event.Arena, fd int) (SocketInfo, error) { return SocketInfo{}, errTodo }

// SamePIDNamespace: the thread's numbers are callgate's numbers.
func (t *Thread) SamePIDNamespace() (bool, error) { return false, errTodo }

// TranslatePID: what the thread calls process n is this number for callgate.
func (t *Thread) TranslatePID(n int) (int, error) { return 0, errTodo }

// Ancestors fills names and pids from the thread's own process up; n entries.
func (t *Thread) Ancestors(a *event.Arena, names []string, pids []int) (n int) { return 0 }
