package rules

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/reduce"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// precautions add what closes the ways round the rules' own interests on one
// ABI: calls that do the same, with arguments that no filter can see.
func (s *Set) precautions(abi syscalls.ABI, at func(syscalls.Entry) *interest) {
	bounded := func(typ string) bool {
		return slices.ContainsFunc(s.rules, func(r *Rule) bool {
			c := r.calls[typ]
			return c != nil && slices.ContainsFunc(c.bounds, func(b bound) bool { return b.entry.ABI == abi })
		})
	}
	if slices.ContainsFunc([]string{"open", "openat", "creat", "open_by_handle_at"}, bounded) {
		for _, e := range syscalls.Entries(abi, "openat2") {
			whole := func(c cause) bool { return reduce.Always(c.cubes) }
			if i := at(e); !slices.ContainsFunc(i.causes, whole) {
				i.add(cause{note: "openat2 opens files too, with its flags in memory", cubes: always})
			}
		}
	}
	if bounded("clone") {
		// glibc and Go fall back to clone, whose flags are a register.
		for _, e := range syscalls.Entries(abi, "clone3") {
			i := at(e)
			i.errno, i.refused = unix.ENOSYS, always
			i.add(cause{note: "clone3 has its flags in memory; programs fall back to clone", cubes: always})
		}
	}
	for _, e := range syscalls.Entries(abi, "seccomp") {
		// What the kernel would answer while callgate listens, but also while
		// no listener is left: then the target could make itself one and
		// continue its own calls.
		i := at(e)
		i.errno, i.refused = unix.EBUSY, newListener
		i.causes = append(i.causes, cause{note: "a second listener could continue calls in callgate's place"})
	}
}

// newListener is seccomp(SECCOMP_SET_MODE_FILTER, flags with NEW_LISTENER, …).
// The kernel refuses every other operation with that flag (EINVAL), so the
// operation need not be compared: in a profile of an allow-list, all that is
// allowed beside it would have to be spelled out.
var newListener = []seccomp.Cube{{
	{Arg: 1, Mask: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, Value: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER},
}}
