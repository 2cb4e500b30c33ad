package rules

import (
	"slices"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Filter is the kernel's part of the set on the given ABIs (none: the native
// ones): every call that some enabled rule can match is notified, and calls
// that would go round the filter are refused. The mode makes no difference:
// what monitor lets through is decided on the notification, so that there is an
// alert.
func (s *Set) Filter(_ Mode, abis []syscalls.ABI) *seccomp.Filter {
	f := &seccomp.Filter{ABIs: abis}
	for _, i := range s.interests(abis) {
		k := seccomp.Key{ABI: i.entry.ABI, NR: i.entry.NR}
		for _, c := range i.notify {
			f.Add(k, c, seccomp.Notify)
		}
		for _, c := range i.refused {
			f.Add(k, c, seccomp.Errno(i.errno))
		}
	}
	return f
}

// Widen makes a filter notify every call that callgate decodes, but for those that
// it refuses: for whoever wants to see more than rules ask for.
func Widen(f *seccomp.Filter) {
	for _, abi := range f.ABIs {
		for _, typ := range syscalls.Types() {
			for _, e := range syscalls.Entries(abi, typ) {
				k := seccomp.Key{ABI: e.ABI, NR: e.NR}
				f.Calls[k] = slices.DeleteFunc(f.Calls[k], func(r seccomp.Rule) bool { return r.Action == seccomp.Notify })
				f.Add(k, nil, seccomp.Notify)
			}
		}
	}
}
