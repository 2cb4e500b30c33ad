package condition

import (
	"slices"

	"github.com/callgate/callgate/rules/event"
)

// Program judges events. It can't fail, ends after a bounded amount of work,
// allocates nothing and may be used by several goroutines.
type Program func(*event.Event) bool

// Compile makes the program of a condition. Every test becomes one function
// that reads its field where it lies; that is several times faster than a
// machine which finds fields by reflection.
func Compile(x Expr) Program {
	switch x := x.(type) {
	case And:
		return all(compileAll(x))
	case Or:
		return some(compileAll(x))
	case Not:
		inner := Compile(x.X)
		return func(e *event.Event) bool { return !inner(e) }
	case Bool:
		return func(*event.Event) bool { return bool(x) }
	}
	return x.(*Test).compile()
}

func compileAll(xs []Expr) []Program {
	list := make([]Program, len(xs))
	for i, x := range xs {
		list[i] = Compile(x)
	}
	return list
}

// all holds where every part does; the first that does not decides.
func all(parts []Program) Program {
	return func(e *event.Event) bool {
		for _, holds := range parts {
			if !holds(e) {
				return false
			}
		}
		return true
	}
}

// some holds where one part does; the first that does decides.
func some(parts []Program) Program {
	return func(e *event.Event) bool {
		return slices.ContainsFunc(parts, func(holds Program) bool { return holds(e) })
	}
}

func (t *Test) compile() Program {
	if t.left != nil {
		return t.compileMade()
	}
	slot := t.Field.Slot()
	switch {
	case t.Field.Type == event.Bool:
		return t.compileFlag(slot)
	case t.Other != nil:
		return t.compilePair(slot, t.Other.Slot())
	case t.Field.Sought():
		return func(e *event.Event) bool { return t.HoldsText(t.Field.Find(e)) }
	case t.Field.Ends() != nil:
		return t.compileEnds(t.Field.Ends())
	case t.Field.Whole() && t.Field.Field.Index == event.IntIndex && t.Field.Type == event.String:
		return func(e *event.Event) bool { return t.holdsAnyText(slot.Texts(e)) }
	case t.Field.Whole() && t.Field.Field.Index == event.IntIndex:
		return func(e *event.Event) bool { return t.holdsAnyNumber(slot.Numbers(e)) }
	case t.Field.Type == event.Int:
		return func(e *event.Event) bool { return t.HoldsNumber(slot.Number(e)) }
	}
	return func(e *event.Event) bool { return t.HoldsText(slot.Text(e)) }
}

// compileEnds compares a field that stands for several values.
func (t *Test) compileEnds(ends []event.Slot) Program {
	if t.Field.Type == event.String {
		return func(e *event.Event) bool {
			var values [event.MaxEnds]string
			for i, end := range ends {
				values[i] = end.Text(e)
			}
			return t.holdsAnyText(values[:])
		}
	}
	return func(e *event.Event) bool {
		values := [event.MaxEnds]int{event.Missing, event.Missing}
		for i, end := range ends {
			values[i] = end.Number(e)
		}
		return t.holdsAnyNumber(values[:])
	}
}

// compileFlag: a boolean that is not known is false. Only of one that can be
// missing a condition asks whether it is there.
func (t *Test) compileFlag(slot event.Slot) Program {
	known := t.Field.KnownSlot()
	switch t.Op {
	case IsTrue:
		return slot.Flag
	case Present:
		return known.Flag
	}
	return func(e *event.Event) bool { return known.Flag(e) && !slot.Flag(e) }
}

// compilePair compares two fields.
func (t *Test) compilePair(a, b event.Slot) Program {
	if t.Field.Type == event.String {
		return func(e *event.Event) bool { return t.holdsTexts(a.Text(e), b.Text(e)) }
	}
	return func(e *event.Event) bool { return t.holdsNumbers(a.Number(e), b.Number(e)) }
}
