package event

import (
	"crypto/sha256"
	"encoding/binary"
	"reflect"
	"slices"
	"unsafe"
)

// Sum is a fingerprint of what is known of a call.
type Sum [sha256.Size]byte

// Sum tells two events apart by all that rules and messages can say of them,
// except by what time and callgate's own counting make of them.
func (e *Event) Sum() Sum {
	b := make([]byte, 0, 8192)
	for _, p := range pieces {
		for i := range p.n {
			at := unsafe.Add(unsafe.Pointer(e), p.offset+uintptr(i)*p.size)
			if p.kind == reflect.String {
				s := *(*string)(at)
				b = binary.AppendUvarint(b, uint64(len(s))) // where one ends and the next begins
				b = append(b, s...)
			} else {
				b = append(b, unsafe.Slice((*byte)(at), p.size)...)
			}
		}
	}
	return sha256.Sum256(b)
}

// piece is a member of Event, or an array of them.
type piece struct {
	kind         reflect.Kind
	offset, size uintptr
	n            int
}

// passing are the members that differ from one moment to the next.
var passing = []string{"evt.num", "evt.time", "proc.duration", "proc.ppid.duration", "container.duration"}

var pieces = cut(reflect.TypeFor[Event](), "", 0)

func cut(t reflect.Type, prefix string, base uintptr) (list []piece) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, at := prefix+f.Tag.Get("expr"), base+f.Offset
		switch {
		case f.Type.Kind() == reflect.Struct:
			list = append(list, cut(f.Type, name+".", at)...)
		case slices.Contains(passing, name) || f.Type.Kind() == reflect.Pointer: // Scratch
		case f.Type.Kind() == reflect.Array:
			list = append(list, piece{f.Type.Elem().Kind(), at, f.Type.Elem().Size(), f.Type.Len()})
		default:
			list = append(list, piece{f.Type.Kind(), at, f.Type.Size(), 1})
		}
	}
	return list
}
