package bpf_test

import (
	"encoding/binary"
	"fmt"

	netbpf "golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// call is what the kernel shows a program: struct seccomp_data without the
// address of the instruction.
type call struct {
	arch uint32
	nr   uint32
	args [6]uint64
}

func (c call) String() string { return fmt.Sprintf("arch %#x nr %#x args %#x", c.arch, c.nr, c.args) }

// words are struct seccomp_data as the 32-bit words that a program loads.
func (c call) words() (w [16]uint32) {
	w[0], w[1] = c.nr, c.arch
	for i, a := range c.args {
		w[4+2*i], w[5+2*i] = uint32(a), uint32(a>>32)
	}
	return w
}

// meaning is what the filter says of the call.
func (c call) meaning(f *seccomp.Filter) seccomp.Action {
	nr := int(int32(c.nr))
	if abi, ok := syscalls.ABIOf(c.arch, nr); ok && nr != seccomp.Skip {
		return f.Decide(abi, nr, &c.args)
	}
	for _, abi := range f.UsedABIs() {
		if abi.AuditArch() == c.arch {
			return f.Decide(abi, seccomp.Skip, &c.args)
		}
	}
	return seccomp.Errno(unix.ENOSYS)
}

// simulator runs a program in the virtual machine of golang.org/x/net/bpf.
type simulator struct {
	prog []unix.SockFilter
	vm   *netbpf.VM
}

func compile(t rapid.TB, f *seccomp.Filter) *simulator {
	t.Helper()
	prog, err := bpf.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	return simulate(t, prog)
}

func simulate(t rapid.TB, prog []unix.SockFilter) *simulator {
	t.Helper()
	raw := make([]netbpf.RawInstruction, len(prog))
	for i, in := range prog {
		raw[i] = netbpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	instructions, ok := netbpf.Disassemble(raw)
	if !ok {
		t.Fatal("the program has instructions that the simulator does not know")
	}
	vm, err := netbpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	return &simulator{prog, vm}
}

func (s *simulator) run(t rapid.TB, c call) seccomp.Action {
	t.Helper()
	var data [64]byte
	for i, w := range c.words() {
		binary.BigEndian.PutUint32(data[4*i:], w) // the machine's order, not the kernel's
	}
	r, err := s.vm.Run(data[:])
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	return seccomp.Action(uint32(r))
}

// trace is what a run did: its instructions, and the offsets that it read.
type trace struct {
	action seccomp.Action
	steps  int
	loads  []uint32
}

// follow runs the program with a second, independent interpreter, which counts.
func (s *simulator) follow(t rapid.TB, c call) (r trace) {
	t.Helper()
	var acc uint32
	words := c.words()
	for pc := 0; ; pc++ {
		in := s.prog[pc]
		r.steps++
		skip := func(cond bool) {
			if cond {
				pc += int(in.Jt)
			} else {
				pc += int(in.Jf)
			}
		}
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			r.loads = append(r.loads, in.K)
			acc = words[in.K/4]
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			acc &= in.K
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(in.K)
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			skip(acc == in.K)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			skip(acc >= in.K)
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			skip(acc&in.K != 0)
		case unix.BPF_RET | unix.BPF_K:
			r.action = seccomp.Action(in.K)
			return r
		default:
			t.Fatalf("instruction %d: %+v is not one that the compiler writes", pc, in)
		}
	}
}

// check compares the program with the filter's meaning on one call.
func (s *simulator) check(t rapid.TB, f *seccomp.Filter, c call) {
	t.Helper()
	want := c.meaning(f)
	if got := s.run(t, c); got != want {
		t.Errorf("%v: the program says %v, the filter %v", c, got, want)
	}
	if got := s.follow(t, c); got.action != want {
		t.Errorf("%v: the program followed says %v, the filter %v", c, got.action, want)
	}
}
