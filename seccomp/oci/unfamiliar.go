package oci

import (
	"slices"
	"strconv"
	"strings"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// lastCalls are the newest calls that releases of libseccomp know. From 424 on
// (Linux 5.1) a call has the same number on every ABI.
var lastCalls = []struct {
	version [3]int
	last    int
}{
	{[3]int{2, 6, 0}, 462}, // mseal, Linux 6.10
	{[3]int{2, 5, 5}, 456}, // futex_requeue, Linux 6.7
	{[3]int{0, 0, 0}, 450}, // set_mempolicy_home_node, Linux 5.17: libseccomp 2.5.4
}

// Unfamiliar are the calls of a filter that a runtime's libseccomp may not know,
// by its version ("2.5.4", "" if that is not known). Runtimes skip rules for
// such a call without a word: where a profile allows all that it does not list,
// it then runs without being notified. Distributions add calls to older
// versions, so this is worth a warning and no refusal.
func Unfamiliar(f *seccomp.Filter, libseccomp string) []string {
	version := parseVersion(libseccomp)
	last := 0
	for _, l := range lastCalls {
		if slices.Compare(version[:], l.version[:]) >= 0 {
			last = l.last
			break
		}
	}
	var names []string
	for _, k := range f.Keys() {
		if name, ok := syscalls.Name(k.ABI, k.NR); ok && k.NR > last {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// parseVersion reads a version; what is no number counts as 0.
func parseVersion(s string) (v [3]int) {
	for i, part := range strings.SplitN(s, ".", len(v)) {
		v[i], _ = strconv.Atoi(part) // 0, the oldest
	}
	return v
}
