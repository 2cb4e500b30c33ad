package rules

import (
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
