package rulebook

import (
	"slices"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// SeesExecs reports whether a filter intercepts every execve of the machine's
// own ABI.
func SeesExecs(f *seccomp.Filter) bool {
	abi := syscalls.Native()[0]
	nr, ok := syscalls.Number(abi, "execve")
	return ok && covered(nil, f.Calls[seccomp.Key{ABI: abi, NR: nr}])
}

// Unseen are the calls that rules want to see by one filter and that another,
// which a container was started with, lets through, at least in part.
func Unseen(wanted, installed *seccomp.Filter) (names []string) {
	if wanted == installed {
		return nil
	}
	for _, k := range wanted.Keys() {
		for _, r := range wanted.Calls[k] {
			if r.Action == seccomp.Allow || covered(r.Cube, installed.Calls[k]) {
				continue
			}
			if name, _ := syscalls.Name(k.ABI, k.NR); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// maxRest bounds the work on one cube. What is harder to decide counts as not
// covered.
const maxRest = 4096

// covered reports whether all calls of a cube are stopped by rules, in whichever
// way.
func covered(cube seccomp.Cube, rules []seccomp.Rule) bool {
	rest := []seccomp.Cube{cube}
	for _, r := range rules {
		if r.Action == seccomp.Allow {
			if slices.ContainsFunc(rest, func(c seccomp.Cube) bool { _, both := c.Intersect(r.Cube); return both }) {
				return false
			}
			continue
		}
		var left []seccomp.Cube
		for _, c := range rest {
			for _, outside := range r.Cube.Complement() {
				if both, possible := c.Intersect(outside); possible {
					left = append(left, both)
				}
			}
		}
		if rest = left; len(rest) > maxRest {
			return false
		}
	}
	return len(rest) == 0
}
