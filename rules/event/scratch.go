package event

// Scratch is where conditions put what their functions make of an event's texts
// while they are judged. It belongs to the event, whose evaluator judges one
// condition at a time, and keeps its size from event to event, so that judging
// allocates nothing.
type Scratch struct {
	Arena

	Texts []string // lists that are being read
}

// Work is the event's scratch, empty.
func (e *Event) Work() *Scratch {
	if e.Scratch == nil {
		e.Scratch = new(Scratch)
	}
	e.Scratch.Reset()
	e.Scratch.Texts = e.Scratch.Texts[:0]
	return e.Scratch
}
