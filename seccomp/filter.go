// Package seccomp is callgate's kernel half: the form in which a filter is
// thought of, its installation, and the listener that receives the calls it
// intercepts. It knows neither rules nor containers.
package seccomp

import (
	"cmp"
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Rule gives the calls inside a cube an action.
type Rule struct {
	Cube   Cube
	Action Action
}

// SameRules reports whether two lists are written alike, which says that they
// mean the same; lists that are not may mean the same too.
func SameRules(a, b []Rule) bool {
	return slices.EqualFunc(a, b, func(x, y Rule) bool {
		return x.Action == y.Action && slices.Equal(x.Cube, y.Cube)
	})
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

// UsedABIs are the ABIs that the filter lets in: f.ABIs, or the machine's own.
func (f *Filter) UsedABIs() []syscalls.ABI {
	if len(f.ABIs) == 0 {
		return syscalls.Native()
	}
	return slices.Clone(f.ABIs)
}

// Skip is the number that a tracer gives a call which is not to happen. The
// kernel runs the filter on it and then does nothing, so it must pass: ENOSYS
// would overwrite the result that the tracer has set (ptrace(2), strace's
// fault injection).
const Skip = -1

// Decide is the filter's meaning, which every back end must reproduce: what
// happens to a call with these registers. The number is without X32Bit, save
// that numbers of AMD64 from X32Bit on are x32's to the kernel, or nobody's.
func (f *Filter) Decide(abi syscalls.ABI, nr int, args *[6]uint64) Action {
	allowed := slices.Contains(f.ABIs, abi) || len(f.ABIs) == 0 && slices.Contains(syscalls.Native(), abi)
	switch {
	case !allowed:
		return Errno(unix.ENOSYS)
	case nr == Skip:
		return Allow
	case abi == syscalls.AMD64 && (nr < 0 || nr >= syscalls.X32Bit):
		return Errno(unix.ENOSYS)
	}
	for _, r := range f.Calls[Key{abi, nr}] {
		if r.Cube.Holds(args) {
			return r.Action
		}
	}
	return Allow
}

// Keys are the calls that have rules, in the order of ABI and number.
func (f *Filter) Keys() []Key {
	return slices.SortedFunc(maps.Keys(f.Calls), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.ABI, b.ABI), cmp.Compare(a.NR, b.NR))
	})
}

// Reduce is the same list of rules without those that can never decide: rules
// that contradict themselves, rules inside an earlier one, and last rules that
// allow what is allowed anyway. The cubes of the result are normalised.
func Reduce(rules []Rule) []Rule {
	var out []Rule
	for _, r := range rules {
		cube, possible := r.Cube.Normalize()
		covered := func(earlier Rule) bool { return earlier.Cube.containsNormal(cube) }
		if possible && !slices.ContainsFunc(out, covered) {
			out = append(out, Rule{cube, r.Action})
		}
	}
	for len(out) > 0 && out[len(out)-1].Action == Allow {
		out = out[:len(out)-1]
	}
	return out
}
