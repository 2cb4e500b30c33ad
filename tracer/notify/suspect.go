package notify

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"unsafe"
)

// suspectList are calls of which alerts have left and which may be notified again:
// their notification has died without an answer, or they were their threads' last
// ones (answered.go). The memory of that dies with a source that is killed, so that
// its successor would give the alerts again; these are marks of such calls. A mark
// that is lost or wrong makes an alert say of itself too little or too much.
type suspectList [256]uint64

func (s *Slots) list() *suspectList {
	return (*suspectList)(unsafe.Pointer(&s.mem[suspectsAt]))
}

// suspect adds a call, in place of an old one where there is no room.
func (s *Slots) suspect(k key) {
	if s == nil || s.suspects(k) {
		return
	}
	list := s.list()
	at := int(s.head.next) % len(list)
	for i := range list {
		if n := (at + i) % len(list); list[n] == 0 {
			at = n
			break
		}
	}
	list[at] = k.mark()
	s.head.next = uint32(at) + 1
}

// suspects reports whether a call is among the suspects.
func (s *Slots) suspects(k key) bool {
	return s != nil && s.head.next != 0 && slices.Contains(s.list()[:], k.mark())
}

// clear makes a call one of them no longer.
func (s *Slots) clear(k key) {
	if s == nil {
		return
	}
	mark := k.mark()
	for i, m := range s.list() {
		if m == mark {
			s.list()[i] = 0
		}
	}
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
