// Package oci is the back end of a filter for OCI runtimes: it merges a filter
// into a container's seccomp profile (linux.seccomp of its config.json).
//
// A profile is a list of rules by names of calls, which the runtime hands to
// libseccomp. So the merged profile must mean, after libseccomp 2.5.4 has
// compiled it, what is wanted on each architecture:
//
//   - what the base profile denies stays denied, with the same action;
//   - what it allows or logs, and the filter wants, is notified or refused;
//   - all else stays as it was.
//
// Where registers can't be told apart exactly, or only by rules that cost
// libseccomp too much time, more is notified. What can't be
// merged so is refused (RefusedError); nothing is widened or left unnotified in
// silence.
//
// libseccomp lets a rule without conditions win over all others of its call,
// and what overlapping conditions mean depends on its inner order. So the rules
// of a call that changes are taken out and written anew as disjoint masked
// comparisons, with at most one by order.
package oci

import (
	"errors"
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
)

// Options of a merge.
type Options struct {
	// ListenerPath is the socket to which the runtime sends the listener.
	ListenerPath string
	// ListenerMetadata is sent along, as it is.
	ListenerMetadata string
	// WaitKillable asks for SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV. A runtime
	// that does not list it among its features refuses the profile.
	WaitKillable bool
	// Refuse adds what enforcing needs, where the filter says nothing itself:
	// io_uring_setup gives ENOSYS, a second listener EPERM.
	Refuse bool
}

// Merge is the base profile with the filter merged into it. A nil base is a
// container without a profile: everything is allowed, on every architecture of
// the machine. The base is not changed. Errors are RefusedErrors.
func Merge(base *specs.LinuxSeccomp, f *seccomp.Filter, o Options) (*specs.LinuxSeccomp, error) {
	return merge(thisMachine(), base, f, o)
}

// merger is the state of one merge.
type merger struct {
	base  *profile
	wants interests
	why   map[string]string // more about interests, for messages
	// replaced are the names whose rules in the base are taken out.
	replaced map[string]bool
	// taken are the muxes of which every use is notified.
	taken map[string]bool
	// through are those of which every use is notified by rules for the calls
	// that they stand for.
	through map[string]bool
}

func merge(machine machine, base *specs.LinuxSeccomp, f *seccomp.Filter, o Options) (*specs.LinuxSeccomp, error) {
	if machine.native == "" {
		return nil, refuse("", ErrProfile, "no system calls are known for this machine")
	}
	if err := f.Validate(); err != nil {
		return nil, err
	}
	if base == nil {
		base = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: machine.all}
	}
	p, err := readProfile(machine, base)
	if err != nil {
		return nil, err
	}
	if err := p.checkListener(o.ListenerPath); err != nil {
		return nil, err
	}
	if abi, dead := p.anyDead(); dead {
		return nil, refuse("", ErrDead, "no call of %v has a rule without conditions, and a call of others has", abi)
	}
	if o.Refuse {
		f = refusing(f)
	}
	m := &merger{base: p, why: make(map[string]string), replaced: make(map[string]bool), taken: make(map[string]bool), through: make(map[string]bool)}
	if m.wants, err = interestsOf(f, p); err != nil {
		return nil, err
	}
	added, err := m.rules()
	if err != nil {
		return nil, err
	}
	return m.assemble(added, o)
}

// rules are those that replace rules of the base or come to them.
func (m *merger) rules() ([]specs.LinuxSyscall, error) {
	// First, so that libseccomp drops what it would make of rules for the
	// calls that these stand for.
	var out []specs.LinuxSyscall
	for _, mux := range []string{"ipc", "socketcall"} {
		added, err := m.muxed(mux)
		if err != nil {
			return nil, err
		}
		out = append(out, added...)
	}
	split, err := m.calls()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(split)) {
		m.replaced[name] = true
		out = append(out, split[name]...)
	}
	if !slices.ContainsFunc(out, func(r specs.LinuxSyscall) bool { return len(r.Args) > 0 }) {
		return out, nil
	}
	unclean, err := m.cleaned()
	return append(out, unclean...), err
}

// cleaned are rules in place of those that conditions of other calls could
// change (see clean).
func (m *merger) cleaned() (out []specs.LinuxSyscall, err error) {
	for _, r := range m.base.rules {
		if m.replaced[r.name] || clean(m.base.of(r.name)) {
			continue
		}
		added, _, err := m.written(r.name)
		if err != nil {
			return nil, err
		}
		if len(added) > maxRules {
			return nil, tooMany(r.name)
		}
		m.replaced[r.name] = true
		out = append(out, added...)
	}
	return out, nil
}

// written is all that the merged profile says of one call. False: no more than
// the base.
func (m *merger) written(name string) (out []specs.LinuxSyscall, changed bool, err error) {
	if err := m.partly(name); err != nil {
		return nil, false, err
	}
	list := m.base.of(name)
	parts, err := cells(name, list)
	if err != nil {
		return nil, false, err
	}
	var written []located
	for _, c := range parts {
		said, err := c.meaning(name, list, m.base.rest)
		if err != nil {
			return nil, false, err
		}
		wanted, err := c.within(name, m.wants[name])
		if err != nil {
			return nil, false, err
		}
		pieces, differs, err := m.apply(name, said, wanted)
		if err != nil {
			return nil, false, err
		}
		changed = changed || differs
		for _, piece := range joined(pieces) {
			written = append(written, located{cell: c, rule: piece})
		}
	}
	written = slices.DeleteFunc(tailed(written), func(l located) bool { return l.rule.Action == m.base.rest })
	for _, w := range sameRegisters(written) {
		action, number := actionOf(w.rule.Action)
		out = append(out, specs.LinuxSyscall{Names: []string{name}, Action: action, ErrnoRet: number, Args: w.args()})
	}
	return out, changed, nil
}

// apply gives what the base permits the action that the filter wants.
func (m *merger) apply(name string, said, wanted []seccomp.Rule) (out []seccomp.Rule, differs bool, err error) {
	for _, s := range said {
		if !permits(s.Action) {
			out = append(out, s)
			continue
		}
		for _, w := range wanted {
			cube, meet := s.Cube.Intersect(w.Cube)
			if !meet {
				continue
			}
			action := s.Action
			if w.Action != seccomp.Allow {
				action, differs = w.Action, true
			}
			if w.Action == seccomp.Notify {
				if err := neededByRuntime(name, cube); err != nil {
					return nil, false, m.explain(name, err)
				}
			}
			out = append(out, seccomp.Rule{Cube: cube, Action: action})
		}
		if len(out) > maxPieces {
			return nil, false, tooMany(name)
		}
	}
	return out, differs, nil
}

// explain adds why there was such an interest.
func (m *merger) explain(name string, err error) error {
	var refused *RefusedError
	if errors.As(err, &refused) && m.why[name] != "" {
		refused.Detail += "; " + m.why[name]
	}
	return err
}

// checkListener refuses a base whose notifications go elsewhere. Notifications
// to the same path stay.
func (p *profile) checkListener(path string) error {
	if p.spec.ListenerPath != "" && p.spec.ListenerPath != path {
		return refuse("", ErrListener, "%q", p.spec.ListenerPath)
	}
	if p.spec.ListenerPath == "" {
		for _, r := range p.rules {
			if r.action == seccomp.Notify {
				return refuse(r.name, ErrListener, "%s without a listenerPath", specs.ActNotify)
			}
		}
	}
	return nil
}
