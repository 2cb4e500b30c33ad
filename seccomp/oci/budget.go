package oci

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
)

// Bounds on what is written. libseccomp's time grows faster than the rules of
// one call (128 with three conditions: 30 ms, 800: more than 5 s), and this is
// spent at each start of a container. The kernel takes 4096 instructions.
const (
	maxRules = 192  // of one call
	maxCost  = 3500 // instructions, by estimate; the rest is for what runtimes add
)

// cost estimates the instructions of the base and of new rules: on each
// architecture one for a name; for conditions what was measured with differing
// masks on three architectures, which share code for the most part. Calls with
// the same conditions share all of it.
func (m *merger) cost(split map[string][]specs.LinuxSyscall) (n int) {
	seen := make(map[string]bool)
	for _, s := range m.base.spec.Syscalls {
		n += len(s.Names)*max(1, len(m.base.spec.Architectures)) + conditionsCost(s)
	}
	for _, rules := range split {
		text := ""
		own := 0
		for _, r := range rules {
			action, _ := wordOf(r.Action, r.ErrnoRet) // it came from actionOf
			text += fmt.Sprintln(uint32(action), r.Args)
			own += conditionsCost(r)
		}
		if !seen[text] {
			n += own
		}
		seen[text] = true
	}
	return n
}

func conditionsCost(s specs.LinuxSyscall) int { return max(0, 5*len(s.Args)-1) }

// calls are the rules of the calls that change, by name. Where they would be
// too many, all of a call is notified instead of a part.
func (m *merger) calls() (map[string][]specs.LinuxSyscall, error) {
	split := make(map[string][]specs.LinuxSyscall)
	for name := range m.wants {
		added, changed, err := m.written(name)
		if err != nil {
			return nil, err
		}
		if changed {
			added = m.cheaper(name, added)
		}
		if changed && len(added) > maxRules {
			return nil, tooMany(name)
		}
		if changed {
			split[name] = added
		}
	}
	return split, m.fit(split)
}

// fit makes the rules cost no more than there is room for.
func (m *merger) fit(split map[string][]specs.LinuxSyscall) error {
	names := slices.SortedFunc(maps.Keys(split), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(split[b]), len(split[a])), cmp.Compare(a, b))
	})
	for _, name := range names {
		if m.cost(split) <= maxCost {
			return nil
		}
		// Not all can: some of its calls are refused, or the runtime's.
		if fewer, err := m.wholly(name); err == nil && len(fewer) < len(split[name]) {
			split[name] = fewer
		}
	}
	if m.cost(split) > maxCost {
		return tooMany("")
	}
	return nil
}

// wholly are the rules of a call of which all is notified.
func (m *merger) wholly(name string) ([]specs.LinuxSyscall, error) {
	wanted := m.wants[name]
	if wants(wanted, func(a seccomp.Action) bool { return !either(a) }) {
		return nil, tooMany(name)
	}
	all := make([]onABI, len(wanted))
	for i, o := range wanted {
		all[i] = onABI{o.abi, []seccomp.Rule{{Action: seccomp.Notify}}}
	}
	m.wants[name] = all
	added, _, err := m.written(name)
	if err == nil && len(added) > maxRules {
		err = tooMany(name)
	}
	if err != nil {
		m.wants[name] = wanted
	}
	return added, err
}
