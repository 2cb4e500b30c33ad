package oci

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Model is what a profile means, as libseccomp 2.5.4 compiles it. It is held
// against the real library by tests.
type Model struct {
	profile *profile
	clean   bool // conditions mean what they say
}

// NewModel reads a profile for this machine.
func NewModel(spec *specs.LinuxSeccomp) (*Model, error) {
	p, err := readProfile(thisMachine(), spec)
	if err != nil {
		return nil, err
	}
	m := &Model{profile: p, clean: true}
	for _, r := range p.rules {
		m.clean = m.clean && clean(p.of(r.name))
	}
	for mux := range muxes {
		m.clean = m.clean && (clean(p.through(mux)) || !p.has(syscalls.I386))
	}
	return m, nil
}

// Decide is what the rules say of a call with these registers; the number is
// without X32Bit. False: libseccomp may see it otherwise, because rules
// contradict each other, or are not of the kind that it compiles well.
func (m *Model) Decide(abi syscalls.ABI, nr int, args *[6]uint64) (seccomp.Action, bool) {
	p := m.profile
	if !p.has(abi) {
		return killThread, true
	}
	list := p.numbered(abi, nr)
	if r, ok := unconditional(list); ok {
		return r.action, !p.dead(abi)
	}
	decided, found, sure := p.rest, false, !p.dead(abi) && (m.clean || len(list) == 0)
	for _, r := range list {
		if !r.holds(args, abi.Is32()) {
			continue
		}
		sure = sure && (!found || r.action == decided)
		if !found {
			decided, found = r.action, true
		}
	}
	return decided, sure
}

// numbered are the rules that libseccomp makes for a number.
func (p *profile) numbered(abi syscalls.ABI, nr int) []rule {
	name, ok := syscalls.Name(abi, nr)
	if !ok {
		return nil
	}
	list := p.of(name)
	if _, mux := muxes[name]; mux && abi == syscalls.I386 {
		list = p.through(name)
	}
	if !abi.Is32() {
		return list
	}
	// What compares no bit of the lower half is dropped.
	var out []rule
	for _, r := range list {
		var conds []comparison
		for _, c := range r.conds {
			if c.op != specs.OpMaskedEqual || c.mask&lowHalf != 0 {
				conds = append(conds, c)
			}
		}
		out = append(out, rule{r.name, conds, r.action})
	}
	return out
}

func (r rule) holds(args *[6]uint64, bits32 bool) bool {
	for _, c := range r.conds {
		if !c.holds(args[c.arg], bits32) {
			return false
		}
	}
	return true
}
