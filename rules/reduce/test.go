package reduce

import (
	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
)

// test reduces one comparison.
func (r reducer) test(t *condition.Test) outcome {
	if r.lacks(t) {
		return outcome{never, always}
	}
	f, fold, ok := t.Argument()
	switch {
	case !ok:
		return unknown
	case f.Name == "evt.rawarg" || f.Name == "evt.arg":
		return r.argument(f, fold, t)
	case f.Name == "evt.arg.uid":
		return r.user()
	case t.Field.Name == "fd.type" || t.Field.Name == "fd.typechar":
		return r.openType(t)
	}
	switch f.Name {
	case "evt.is_open_read", "evt.is_open_write", "evt.is_open_create", "evt.is_open_exec":
		return r.open(f.Name)
	}
	return unknown
}

// lacks reports whether a comparison needs an argument that the call does not
// have. It is missing then, and the comparison false, negated or not.
func (r reducer) lacks(t *condition.Test) (lacks bool) {
	condition.Fields(t, func(f event.Ref) {
		if f.Name == "evt.rawarg" || f.Name == "evt.arg" {
			_, has := r.call.Register(f.Key)
			lacks = lacks || !has && !r.call.Field(f.Key)
		}
	})
	return lacks
}

// user reduces a comparison of the user that a call names: of a call that names
// none it is missing.
func (r reducer) user() outcome {
	if _, ok := r.call.Register("uid"); !ok {
		return outcome{never, always}
	}
	return unknown
}

// argument reduces a comparison of an argument whose letters are folded.
func (r reducer) argument(f event.Ref, fold func(string) string, t *condition.Test) outcome {
	i, ok := r.call.Register(f.Key)
	if !ok || r.opaque || t.Op == condition.Present || !r.call.Args[i].Kind.Scalar() {
		return unknown
	}
	if f.Type == event.Int {
		return r.number(i, t)
	}
	if r.call.Args[i].Symbols == nil {
		return unknown
	}
	o := r.text(i, t, fold)
	if t.Neg {
		return o.not()
	}
	return o
}

// text reduces a comparison of a rendered argument, as if it were not negated:
// such an argument is never missing.
func (r reducer) text(i int, t *condition.Test, fold func(string) string) outcome {
	if t.Quant != condition.Any || t.Differs {
		return r.quantified(i, t, fold)
	}
	switch t.Op {
	case condition.Equal, condition.IEqual:
		return r.symbols(i, t, fold)
	case condition.Contains, condition.IContains, condition.HasFlag:
		return r.names(i, t, fold)
	}
	return unknown
}

// quantified reduces a comparison with each of its literals and counts how many
// of them fit: none, one, or more.
func (r reducer) quantified(i int, t *condition.Test, fold func(string) string) outcome {
	none, one, all := outcome{always, never}, outcome{never, always}, outcome{always, never}
	each := t.Each()
	for _, single := range each {
		o := r.text(i, single, fold)
		if single.Neg {
			o = o.not()
		}
		one = or(and(one, o.not()), and(none, o))
		none = and(none, o.not())
		all = and(all, o)
	}
	switch {
	case len(each) == 0:
		return outcome{never, always}
	case t.Quant == condition.All:
		return all
	case t.Quant == condition.One:
		return one
	}
	return none.not()
}

// width is the number of bits of the register that the kernel reads.
func (r reducer) width(i int) int { return r.call.Args[i].Kind.Width(r.entry.ABI) }

// mask covers those bits.
func (r reducer) mask(i int) uint64 { return ^uint64(0) >> (64 - r.width(i)) }

// point is the calls whose argument has this value.
func (r reducer) point(i int, v uint64) []seccomp.Cube {
	return seccomp.Range(register(i), r.width(i), v, v)
}

func register(i int) uint8 { return uint8(i) } //nolint:gosec // a call has six registers

// outside is every call that none of the cubes holds.
func outside(cubes []seccomp.Cube) []seccomp.Cube {
	rest := always
	for _, c := range cubes {
		rest = intersect(rest, c.Complement())
	}
	return rest
}
