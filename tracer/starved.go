package tracer

import (
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/decode"
	"github.com/callgate/callgate/tracer/proc"
)

// starved is a thread of which nothing is read that it can make take for ever:
// its calls are judged by their registers alone.
type starved struct{ *proc.Thread }

var _ decode.Target = starved{}

func (starved) ReadMem(uint64, []byte) (int, error) { return 0, errStalled }

func (starved) Resolve(*event.Arena, int, []byte, bool) (string, bool, error) {
	return "", false, errStalled
}

func (starved) FD(*event.Arena, int) (proc.FDInfo, error) { return proc.FDInfo{}, errStalled }
