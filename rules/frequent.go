package rules

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/reduce"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// everyMessage are the calls that programs make for each message they pass on.
// Those that connect, accept or start something are rare beside them.
var everyMessage = []string{
	"recv", "recvfrom", "recvmsg", "recvmmsg", "send", "sendto", "sendmsg", "sendmmsg", "io_uring_enter",
}

// frequent are the calls that ordinary programs make many times and of which the
// rule has each intercepted, or each that reads a file.
func (r *Rule) frequent(abis []syscalls.ABI) (calls []string) {
	for _, typ := range r.Calls() {
		for _, b := range r.calls[typ].bounds {
			var text string
			switch {
			case !slices.Contains(abis, b.entry.ABI) || b.entry.Call == nil || b.entry.Call.Type != typ:
				continue
			case slices.Contains(everyMessage, typ) && reduce.Always(b.cubes):
				text = "every " + typ
			case opensToRead(b):
				text = "every " + typ + " for reading"
			default:
				continue
			}
			if !slices.Contains(calls, text) {
				calls = append(calls, text)
			}
		}
	}
	return calls
}

// plainRead are the flags of most opens.
const plainRead = unix.O_RDONLY | unix.O_CLOEXEC

// opensToRead reports whether the part has every plain open(2) or openat(2) for
// reading in it. The flags of openat2 lie in memory, so it is always intercepted
// whole, also for a rule on writing.
func opensToRead(b bound) bool {
	if typ := b.entry.Call.Type; typ != "open" && typ != "openat" {
		return false
	}
	flags, ok := b.entry.Call.Register("flags")
	return ok && slices.ContainsFunc(b.cubes, func(c seccomp.Cube) bool {
		return !slices.ContainsFunc(c, func(m seccomp.Cmp) bool {
			return int(m.Arg) != flags || plainRead&m.Mask != m.Value
		})
	})
}
