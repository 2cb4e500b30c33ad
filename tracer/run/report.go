package run

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// report is what the guardian tells callgate about the command: its process id
// when it was started, then each change of its state.
type report struct {
	kind  uint32
	value uint32 // a process id, or a wait status
}

const (
	reportStarted = iota + 1
	reportChanged
)

const reportSize = 8

func started(pid int) report            { return report{reportStarted, uint32(pid)} }
func changed(ws unix.WaitStatus) report { return report{reportChanged, uint32(ws)} }

func (r report) bytes() []byte {
	b := binary.NativeEndian.AppendUint32(nil, r.kind)
	return binary.NativeEndian.AppendUint32(b, r.value)
}

func parseReport(b []byte) report {
	return report{binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint32(b[4:])}
}
