package oci

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
)

// located is a rule over lower halves in a cell.
type located struct {
	cell cell
	rule seccomp.Rule
	// tail: the rule takes in, beside the cell's registers whose upper half is
	// not zero, those without one that are above a value (see tail.go).
	tail  bool
	above uint64
}

// args are the rule's conditions.
func (l located) args() []specs.LinuxSeccompArg {
	args := l.cell.args(l.rule.Cube)
	if l.tail {
		args[0].Value = l.above
	}
	return args
}

// compares reports whether the rule says anything of a register.
func (l located) compares(arg uint8) bool {
	return l.cell.high&(1<<arg) != 0 || slices.ContainsFunc(l.rule.Cube, func(m seccomp.Cmp) bool { return m.Arg == arg })
}

// sameRegisters makes all rules of a call compare the same registers (see
// tame.go): one that leaves a register open becomes two, for both values of
// its lowest bit.
func sameRegisters(rules []located) []located {
	for arg := range uint8(6) {
		some := slices.ContainsFunc(rules, func(l located) bool { return l.compares(arg) || l.cell.split&(1<<arg) != 0 })
		if !some {
			continue
		}
		var out []located
		for _, l := range rules {
			if l.compares(arg) {
				out = append(out, l)
				continue
			}
			for bit := range uint64(2) {
				half, _ := l.rule.Cube.Intersect(seccomp.Cube{{Arg: arg, Mask: 1, Value: bit}})
				out = append(out, located{cell: l.cell, rule: seccomp.Rule{Cube: half, Action: l.rule.Action}})
			}
		}
		rules = out
	}
	return rules
}
