package reduce

import (
	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
)

// Bits of open's flags that are the same on every architecture.
const (
	accMode  = 3
	creat    = 0o100
	trunc    = 0o1000
	appendTo = 0o2000
	path     = 0o10000000
	tmpfile  = 0o20000000 // beside O_DIRECTORY
)

// open reduces the questions about an open call's flags, as event.OpenIntent
// answers them. Where that ignores bits (O_PATH), the set is larger than need be.
func (r reducer) open(field string) outcome {
	switch r.call.Type {
	case "open", "openat":
	case "creat":
		switch field {
		case "evt.is_open_read":
			return outcome{never, always}
		case "evt.is_open_exec":
			return r.executable(nil)
		}
		return outcome{always, never}
	case "openat2", "open_by_handle_at":
		return unknown
	default:
		return outcome{never, always}
	}
	i, _ := r.call.Register("flags")
	is := func(mask, value uint64) seccomp.Cube { return masked(i, mask, value) }
	switch field {
	case "evt.is_open_read":
		return outcome{
			[]seccomp.Cube{is(accMode, 0), is(2, 2)},
			[]seccomp.Cube{is(accMode, 1), is(accMode, 3), is(path, path)},
		}
	case "evt.is_open_write":
		return outcome{
			[]seccomp.Cube{is(1, 1), is(2, 2), is(trunc, trunc), is(appendTo, appendTo)},
			[]seccomp.Cube{is(accMode|trunc, 0), is(path, path)},
		}
	}
	creates := []seccomp.Cube{is(creat, creat), is(tmpfile, tmpfile)}
	if field == "evt.is_open_exec" {
		o := r.executable(creates)
		return outcome{o.yes, unite(o.no, []seccomp.Cube{is(creat, 0), is(path, path)})}
	}
	return outcome{creates, []seccomp.Cube{is(creat, 0), is(path, path)}}
}

// executable are the calls, among those that create a file (nil: all do), whose
// mode lets somebody execute it.
func (r reducer) executable(creates []seccomp.Cube) outcome {
	i, _ := r.call.Register("mode")
	var yes []seccomp.Cube
	for _, bit := range []uint64{0o100, 0o010, 0o001} {
		yes = append(yes, masked(i, bit, bit))
	}
	if creates != nil {
		yes = intersect(creates, yes)
	}
	return outcome{yes, []seccomp.Cube{masked(i, 0o111, 0)}}
}

// openType reduces a comparison of what an open call opens, as event.OpenType
// answers it.
func (r reducer) openType(t *condition.Test) outcome {
	i, ok := r.call.Register("flags")
	switch {
	case r.opaque || t.Other != nil:
		return unknown
	case r.call.Type == "creat":
		return decided(holdsType(t, 0, 1))
	case r.call.Type != "open" && r.call.Type != "openat" || !ok:
		return unknown
	}
	directory, _ := r.call.Args[i].Symbols.Value("O_DIRECTORY")
	file, dir := holdsType(t, 0, directory), holdsType(t, directory, directory)
	if file == dir {
		return decided(file)
	}
	o := outcome{
		[]seccomp.Cube{masked(i, directory|tmpfile, directory)},
		[]seccomp.Cube{masked(i, directory, 0), masked(i, tmpfile, tmpfile)},
	}
	if file {
		return o.not()
	}
	return o
}

// holdsType judges an open call with these flags.
func holdsType(t *condition.Test, flags, directory uint64) bool {
	typ := event.OpenType(flags, directory)
	if t.Field.Name == "fd.typechar" {
		typ = event.TypeChar(typ)
	}
	return t.HoldsText(typ)
}

// decided is the outcome of what holds for every call, or for none.
func decided(holds bool) outcome {
	if holds {
		return outcome{always, never}
	}
	return outcome{never, always}
}

func masked(arg int, mask, value uint64) seccomp.Cube {
	return seccomp.Cube{{Arg: register(arg), Mask: mask, Value: value}}
}
