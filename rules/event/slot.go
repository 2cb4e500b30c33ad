package event

import (
	"unsafe"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Slot is where a value lies in every Event. Conditions are judged on every
// intercepted call, and to find a field by reflection costs more than to
// compare it.
type Slot uintptr

// Slot is where the field lies; of an indexed field the element that r names,
// or the first one.
func (r Ref) Slot() Slot {
	size := unsafe.Sizeof("")
	if r.Type == Int {
		size = unsafe.Sizeof(0)
	}
	index := max(r.Index, 0)
	if r.arg != "" {
		index, _ = syscalls.ArgID(r.arg) // not before it is asked for: the tables take memory
	}
	return r.slot + Slot(uintptr(index)*size)
}

// KnownSlot is where the boolean lies that says whether this one is known, of
// one that CanBeMissing.
func (f *Field) KnownSlot() Slot { return f.known }

// Text reads a string field.
func (s Slot) Text(e *Event) string { return *(*string)(s.in(e)) }

// Number reads an int field.
func (s Slot) Number(e *Event) int { return *(*int)(s.in(e)) }

// Flag reads a bool field.
func (s Slot) Flag(e *Event) bool { return *(*bool)(s.in(e)) }

// Texts reads all elements of a string field of IntIndex.
func (s Slot) Texts(e *Event) []string { return (*[Depth]string)(s.in(e))[:] }

// Numbers reads all elements of an int field of IntIndex.
func (s Slot) Numbers(e *Event) []int { return (*[Depth]int)(s.in(e))[:] }

func (s Slot) in(e *Event) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(e), s) }
