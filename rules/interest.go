package rules

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/reduce"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// interest is what a set wants of one number of a call.
type interest struct {
	entry   syscalls.Entry
	notify  []seccomp.Cube
	causes  []cause
	errno   unix.Errno     // not 0: what the filter itself answers
	refused []seccomp.Cube // to these calls, where they are not notified
}

// cause is a rule, or a precaution of callgate's own, and the calls that are
// intercepted because of it.
type cause struct {
	rule  *Rule
	note  string // of a precaution
	cubes []seccomp.Cube
}

// always is the set of all calls.
var always = []seccomp.Cube{nil}

// interests are those of the set on some ABIs, by ABI and number. The mode
// makes no difference: what monitor lets through is decided on the
// notification.
func (s *Set) interests(abis []syscalls.ABI) []*interest {
	if len(abis) == 0 {
		abis = syscalls.Native()
	}
	found := make(map[seccomp.Key]*interest)
	at := func(e syscalls.Entry) *interest {
		k := seccomp.Key{ABI: e.ABI, NR: e.NR}
		if found[k] == nil {
			found[k] = &interest{entry: e}
		}
		return found[k]
	}
	for _, r := range s.rules {
		for _, typ := range sortedNames(r.calls) {
			for _, b := range r.calls[typ].bounds {
				if slices.Contains(abis, b.entry.ABI) {
					at(b.entry).add(cause{rule: r, cubes: b.cubes})
				}
			}
		}
	}
	for _, abi := range abis {
		s.precautions(abi, at)
	}
	all := make([]*interest, 0, len(found))
	for _, i := range found {
		i.reduce()
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b *interest) int {
		return cmp.Or(cmp.Compare(a.entry.ABI, b.entry.ABI), cmp.Compare(a.entry.NR, b.entry.NR))
	})
	return all
}

// add takes one more cause; those of one rule are joined.
func (i *interest) add(c cause) {
	for k := range i.causes {
		if i.causes[k].rule == c.rule && i.causes[k].note == c.note {
			i.causes[k].cubes = seccomp.Union(slices.Concat(i.causes[k].cubes, c.cubes))
			return
		}
	}
	i.causes = append(i.causes, c)
}

// reduce computes what is to be notified from the causes.
func (i *interest) reduce() {
	if reduce.Always(i.refused) {
		return
	}
	for _, c := range i.causes {
		i.notify = append(i.notify, c.cubes...)
	}
	if i.notify = seccomp.Union(i.notify); len(i.notify) > maxCubes {
		i.notify = always
	}
}

// maxCubes bounds the comparisons of one call over all rules.
const maxCubes = 4 * reduce.MaxCubes
