package notify

import (
	"encoding/binary"
	"hash/fnv"
	"unsafe"
)

// suspects are calls of which alerts have left and whose notification has died
// without an answer: their threads are about to restart them, or have left them.
// The memory of that dies with a source that is killed, so that its successor
// would give the alerts again; these are marks of such calls. A mark that is lost
// or wrong makes an alert say of itself too little or too much.
type suspects [256]uint64

func (s *Slots) suspects() *suspects {
	return (*suspects)(unsafe.Pointer(&s.mem[suspectsAt]))
}

// suspect adds a call in place of the oldest one.
func (s *Slots) suspect(k key) {
	if s == nil {
		return
	}
	list := s.suspects()
	list[int(s.head.next)%len(list)] = k.mark()
	s.head.next++
}

// clear reports whether a call is among the suspects, which it is no longer then.
func (s *Slots) clear(k key) (found bool) {
	if s == nil || s.head.next == 0 {
		return false
	}
	mark := k.mark()
	for i, m := range s.suspects() {
		if m == mark {
			s.suspects()[i], found = 0, true
		}
	}
	return found
}

// mark is never 0.
func (k key) mark() uint64 {
	b := make([]byte, 0, 80)
	b = binary.NativeEndian.AppendUint32(b, k.tid)
	b = binary.NativeEndian.AppendUint32(b, uint32(k.nr))
	b = binary.NativeEndian.AppendUint32(b, k.arch)
	b = binary.NativeEndian.AppendUint64(b, k.ip)
	for _, a := range k.args {
		b = binary.NativeEndian.AppendUint64(b, a)
	}
	h := fnv.New64a()
	_, _ = h.Write(b) // never fails (hash.Hash)
	return h.Sum64() | 1
}
