// Package choices is where property tests take random things from: rapid's draws
// or a fuzzer's bytes.
package choices

import "encoding/binary"

// Source makes choices.
type Source interface {
	// Below is one of 0 to n-1.
	Below(n int) int
	Word() uint64
}

// Bytes are choices made by a fuzzer's input; past its end all are 0.
type Bytes struct{ Data []byte }

// Below takes a byte.
func (b *Bytes) Below(n int) int {
	if len(b.Data) == 0 {
		return 0
	}
	v := int(b.Data[0]) % n
	b.Data = b.Data[1:]
	return v
}

// Word takes eight bytes.
func (b *Bytes) Word() uint64 {
	var buf [8]byte
	b.Data = b.Data[copy(buf[:], b.Data):]
	return binary.LittleEndian.Uint64(buf[:])
}
