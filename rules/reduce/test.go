package reduce

import (
	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
)

// test reduces one comparison.
func (r reducer) test(t *condition.Test) outcome {
	switch t.Field.Name {
	case "evt.rawarg", "evt.arg":
		return r.argument(t)
	case "evt.arg.uid":
		return r.user()
	case "evt.is_open_read", "evt.is_open_write", "evt.is_open_create", "evt.is_open_exec":
		return r.open(t.Field.Name)
	case "fd.type", "fd.typechar":
		return r.openType(t)
	}
	return unknown
}

// user reduces a comparison of the user that a call names: of a call that names
// none it is missing.
func (r reducer) user() outcome {
	if _, ok := r.call.Register("uid"); !ok {
		return outcome{never, always}
	}
	return unknown
}

// argument reduces a comparison of an argument. One that the call does not have
// is missing, and every comparison with it false, negated or not.
func (r reducer) argument(t *condition.Test) outcome {
	i, ok := r.call.Register(t.Field.Key)
	switch {
	case !ok && r.call.Field(t.Field.Key):
		return unknown
	case !ok:
		return outcome{never, always}
	case r.opaque || t.Other != nil || t.Op == condition.Present || !r.call.Args[i].Kind.Scalar():
		return unknown
	}
	if t.Field.Type == event.Int {
		return r.number(i, t)
	}
	if r.call.Args[i].Symbols == nil {
		return unknown
	}
	o := r.text(i, t)
	if t.Neg {
		return o.not()
	}
	return o
}

// text reduces a comparison of a rendered argument, as if it were not negated:
// such an argument is never missing.
func (r reducer) text(i int, t *condition.Test) outcome {
	if t.Quant != condition.Any || t.Differs {
		return r.quantified(i, t)
	}
	switch t.Op {
	case condition.Equal:
		return r.symbols(i, t.Strings)
	case condition.Contains, condition.HasFlag:
		return r.names(i, t)
	}
	return unknown
}

// quantified reduces a comparison with each of its literals and counts how many
// of them fit: none, one, or more.
func (r reducer) quantified(i int, t *condition.Test) outcome {
	none, one, all := outcome{always, never}, outcome{never, always}, outcome{always, never}
	each := t.Each()
	for _, single := range each {
		o := r.text(i, single)
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
