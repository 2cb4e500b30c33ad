// Package bpfvm runs filters' programs in the virtual machine of
// golang.org/x/net/bpf, for tests.
package bpfvm

import (
	"encoding/binary"
	"errors"
	"fmt"

	netbpf "golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// Call is what the kernel shows a program: struct seccomp_data without the
// address of the instruction.
type Call struct {
	Arch uint32
	NR   uint32
	Args [6]uint64
}

func (c Call) String() string { return fmt.Sprintf("arch %#x nr %#x args %#x", c.Arch, c.NR, c.Args) }

// Words are struct seccomp_data as the 32-bit words that a program loads.
func (c Call) Words() (w [16]uint32) {
	w[0], w[1] = c.NR, c.Arch
	for i, a := range c.Args {
		w[4+2*i], w[5+2*i] = uint32(a), uint32(a>>32)
	}
	return w
}

// Program is a filter's program, ready to run.
type Program struct {
	vm     *netbpf.VM
	Length int // in instructions
}

// Load checks a program.
func Load(prog []unix.SockFilter) (*Program, error) {
	raw := make([]netbpf.RawInstruction, len(prog))
	for i, in := range prog {
		raw[i] = netbpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	instructions, ok := netbpf.Disassemble(raw)
	if !ok {
		return nil, errors.New("load program: it has instructions that the simulator does not know")
	}
	vm, err := netbpf.NewVM(instructions)
	if err != nil {
		return nil, fmt.Errorf("load program: %w", err)
	}
	return &Program{vm, len(prog)}, nil
}

// Run is what the program says of a call.
func (p *Program) Run(c Call) (seccomp.Action, error) {
	var data [64]byte
	for i, w := range c.Words() {
		binary.BigEndian.PutUint32(data[4*i:], w) // the simulator's order, not the kernel's
	}
	r, err := p.vm.Run(data[:])
	if err != nil {
		return 0, fmt.Errorf("run program on %v: %w", c, err)
	}
	return seccomp.Action(uint32(r)), nil
}
