package oci

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
)

// profile is an OCI profile as runtimes hand it to libseccomp.
type profile struct {
	machine machine
	spec    *specs.LinuxSeccomp
	rest    seccomp.Action // the default action
	rules   []rule         // in the order in which they are added
}

// rule is what one call of seccomp_rule_add adds.
type rule struct {
	name   string
	conds  []comparison // of different registers; none: always
	action seccomp.Action
}

// readProfile takes a profile apart as runc and crun do: rules whose action is
// the default one are skipped, and a rule with two conditions on one register
// becomes one rule for each of its conditions (runc: matchCall; crun:
// libcrun_generate_seccomp).
func readProfile(m machine, spec *specs.LinuxSeccomp) (*profile, error) {
	rest, err := wordOf(spec.DefaultAction, spec.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	if rest == seccomp.Notify {
		return nil, refuse("", ErrProfile, "runtimes refuse %s as default action", specs.ActNotify)
	}
	p := &profile{machine: m, spec: spec, rest: rest}
	for _, s := range spec.Syscalls {
		action, err := wordOf(s.Action, s.ErrnoRet)
		if err != nil {
			return nil, err
		}
		variants, err := conditions(s.Args)
		if err != nil {
			return nil, err
		}
		if action == rest {
			continue
		}
		for _, name := range s.Names {
			for _, conds := range variants {
				p.rules = append(p.rules, rule{name, conds, action})
			}
		}
	}
	return p, nil
}

// conditions are those of the rules that one entry of a profile becomes.
func conditions(args []specs.LinuxSeccompArg) ([][]comparison, error) {
	var used [6]bool
	var all []comparison
	var apart [][]comparison
	several := false
	for _, a := range args {
		c, needed, err := parseComparison(a)
		if err != nil {
			return nil, err
		}
		several = several || used[a.Index]
		used[a.Index] = true
		var own []comparison
		if needed {
			own = []comparison{c}
		}
		all = append(all, own...)
		apart = append(apart, own)
	}
	if several {
		return apart, nil
	}
	return [][]comparison{all}, nil
}

// of are the rules for a name.
func (p *profile) of(name string) (list []rule) {
	for _, r := range p.rules {
		if r.name == name {
			list = append(list, r)
		}
	}
	return list
}

// unconditional is the first rule without conditions: libseccomp lets it win
// over all others of the same call, whichever was added first (db.c,
// db_rule_add).
func unconditional(list []rule) (rule, bool) {
	for _, r := range list {
		if len(r.conds) == 0 {
			return r, true
		}
	}
	return rule{}, false
}
