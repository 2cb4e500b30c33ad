package decode

import (
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/proc"
)

// Decoder decodes one call after the other and reuses its buffers: it belongs
// to one worker. The strings that it puts into events lie in the arena, which
// the worker resets between calls.
type Decoder struct {
	arena  *event.Arena
	target Target
	call   Call
	plan   *plan
	exact  bool // all paths were resolved by the kernel

	mem     memory
	text    [pathMax]byte // strings that are no paths, and structures
	scratch []byte        // numbers and addresses on their way into the arena

	files [2]file
	lists [2]vectorState // argv, environment
	ptrs  []uint64
	how   openHow
	to    destination

	socket     proc.SocketInfo // of the descriptor, once socketRead
	socketErr  error
	socketRead bool
}

// NewDecoder makes a decoder whose strings lie in the arena.
func NewDecoder(a *event.Arena) *Decoder {
	return &Decoder{arena: a, plan: blind, scratch: make([]byte, 0, 256)}
}

// Begin takes up a call. An i386 socketcall becomes the call that it stands
// for; when its arguments can't be read, it stays socketcall (Call().Type tells
// for which) and the error is an *ArgError or the target's.
func (d *Decoder) Begin(c Call, t Target) error {
	d.target, d.call, d.exact = t, c, true
	d.how, d.to.event, d.to.named, d.socketRead = openHow{}, -1, false, false
	d.mem.reset(t)
	for i := range d.files {
		f := &d.files[i]
		f.given, f.err, f.raw, f.name = nil, nil, "", ""
		d.lists[i] = vectorState{list: d.lists[i].list[:0]}
	}
	err := d.redispatch()
	d.plan = planOf(d.call.Spec)
	return err
}

// Call is the call in hand, after Begin.
func (d *Decoder) Call() *Call { return &d.call }

// Args are the indices in evt.arg and evt.rawarg that decoding the call in hand
// can fill. The slice is shared: read only.
func (d *Decoder) Args() []int { return d.plan.args }

// Exact reports whether all paths since Begin were resolved in the file system,
// not only by their text.
func (d *Decoder) Exact() bool { return d.exact }

// Events is how many events the call makes: one, or for sendmmsg one a message.
func (d *Decoder) Events() int {
	if d.plan.messages < 0 {
		return 1
	}
	return max(1, d.messages())
}

// Decode fills the event's evt, fd and fs fields as far as need asks for them.
// The event was Reset before. What could be decoded is filled in also when there
// is an error: an *ArgError where the kernel would refuse the call as it was
// read, otherwise the target's (the thread is gone, or may not be read).
func (d *Decoder) Decode(ev *event.Event, need event.Need) error { return d.DecodeAt(0, ev, need) }

// DecodeAt is Decode for event i of a call that makes several. It may be asked
// for more of the same event later: what was read before is not read again.
func (d *Decoder) DecodeAt(i int, ev *event.Event, need event.Need) error {
	c, p := &d.call, d.plan
	if c.Spec == nil {
		ev.Evt.Type, _ = syscalls.Name(c.ABI, c.NR)
		return nil
	}
	ev.Evt.Type = c.Spec.Type
	var errs firstError
	if need&event.NeedArgs != 0 {
		if p.fd >= 0 {
			ev.FD.Num = c.Value(p.fd)
		}
		d.registers(ev)
		errs.add(d.texts(ev))
		if p.structure != nil {
			errs.add(p.structure(d, ev))
		}
	}
	if need&(event.NeedArgs|event.NeedPath|event.NeedFDType) != 0 {
		errs.add(d.opening(ev, need))
	}
	if need&(event.NeedArgs|event.NeedPath) != 0 {
		errs.add(d.paths(ev, need))
	}
	errs.add(d.socketAddress(i, ev, need))
	errs.add(d.descriptor(ev, need))
	if need&event.NeedArgText != 0 {
		ev.Evt.Args = d.allArgs(ev)
	}
	return errs.err
}

// firstError keeps the first of several errors.
type firstError struct{ err error }

func (f *firstError) add(err error) {
	if f.err == nil {
		f.err = err
	}
}
