package event

import "unsafe"

// Box keeps one event in the form in which conditions read it fastest: by
// value inside an interface, on the heap, made once per worker. reflect does
// not copy the fields of such a value (it is not addressable), so reading a
// field allocates nothing; a pointer as environment costs an allocation each.
type Box struct {
	env any
	ev  *Event
}

// NewBox makes a box with a blank event.
func NewBox() *Box {
	b := &Box{env: blank}
	// The second word of an interface points to its value, which nothing else
	// refers to: writing through it is what makes the box fillable.
	b.ev = (*Event)((*[2]unsafe.Pointer)(unsafe.Pointer(&b.env))[1])
	b.ev.Reset()
	return b
}

// Event is the boxed event, to be filled in place.
func (b *Box) Event() *Event { return b.ev }

// Env is the event as an environment for conditions. It always shows what
// Event holds at the moment.
func (b *Box) Env() any { return b.env }
