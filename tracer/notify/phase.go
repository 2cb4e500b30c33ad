package notify

import "sync/atomic"

// phase says in which call a worker is and whose that call is: the worker's, or
// of whoever took it because its decision would not end.
type phase struct{ v atomic.Uint64 } // the call's number, above the step

type step = uint64

const (
	idle     step = iota
	deciding      // others may take the call
	acting        // alerts leave, or the answer is given
	taken
	stepBits = 2
)

// begin is called by the worker before it decides a call.
func (p *phase) begin() { p.v.Store((p.v.Load()>>stepBits+1)<<stepBits | deciding) }

// act is called by the worker before it does what can't be undone; false: the
// call was taken.
func (p *phase) act() bool {
	v := p.v.Load()
	return v&(1<<stepBits-1) == deciding && p.v.CompareAndSwap(v, v-deciding+acting)
}

// decide goes back from acting.
func (p *phase) decide() { p.v.Store(p.v.Load() - acting + deciding) }

// end is called when the call was answered.
func (p *phase) end() { p.v.Store(p.v.Load() &^ (1<<stepBits - 1)) }

// look tells which call it is and at which step.
func (p *phase) look() (call uint64, at step) {
	v := p.v.Load()
	return v >> stepBits, v & (1<<stepBits - 1)
}

// take takes a call from the worker.
func (p *phase) take(call uint64) bool {
	return p.v.CompareAndSwap(call<<stepBits|deciding, call<<stepBits|taken)
}
