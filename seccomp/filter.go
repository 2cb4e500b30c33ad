// Package seccomp is callgate's kernel half: the form in which a filter is
// thought of, its installation, and the listener that receives the calls it
// intercepts. It knows neither rules nor containers.
package seccomp

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Action is what the kernel does with a call: a SECCOMP_RET_* word, the errno
// in its low 16 bits (linux/seccomp.h).
type Action uint32

// Actions of a filter.
const (
	Allow  Action = unix.SECCOMP_RET_ALLOW
	Notify Action = unix.SECCOMP_RET_USER_NOTIF
	Kill   Action = unix.SECCOMP_RET_KILL_PROCESS
)

// Errno is the action that makes the call return -1 with errno e.
func Errno(e unix.Errno) Action {
	return Action(unix.SECCOMP_RET_ERRNO | uint32(e)&unix.SECCOMP_RET_DATA)
}

// Cmp is a masked comparison on one register: Args[Arg] & Mask == Value.
// It is the only comparison there is, because it is the only one that both
// cBPF and every OCI runtime can express exactly.
type Cmp struct {
	Arg         uint8
	Mask, Value uint64
}

// Holds reports whether the registers satisfy the comparison.
func (c Cmp) Holds(args *[6]uint64) bool { return args[c.Arg]&c.Mask == c.Value }

// Cube is a conjunction of comparisons; the empty cube is always true.
type Cube []Cmp

// Holds reports whether the registers satisfy every comparison.
func (c Cube) Holds(args *[6]uint64) bool {
	for _, m := range c {
		if !m.Holds(args) {
			return false
		}
	}
	return true
}

// Rule gives the calls inside a cube an action.
type Rule struct {
	Cube   Cube
	Action Action
}

// Key is one system call on one ABI. NR has no X32Bit.
type Key struct {
	ABI syscalls.ABI
	NR  int
}

// Filter says for each system call what happens to it: its rules are tried in
// order, the first whose cube holds decides, and a call that none decides is
// allowed. Calls of ABIs that the filter does not list get ENOSYS.
type Filter struct {
	// ABIs that may be used at all; empty means syscalls.Native().
	ABIs  []syscalls.ABI
	Calls map[Key][]Rule
}

// Add appends a rule for a call.
func (f *Filter) Add(k Key, cube Cube, a Action) {
	if f.Calls == nil {
		f.Calls = make(map[Key][]Rule)
	}
	f.Calls[k] = append(f.Calls[k], Rule{cube, a})
}
