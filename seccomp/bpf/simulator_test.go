package bpf_test

import (
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/internal/bpfvm"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// call is what the kernel shows a program.
type call struct {
	arch uint32
	nr   uint32
	args [6]uint64
}

func (c call) shown() bpfvm.Call { return bpfvm.Call{Arch: c.arch, NR: c.nr, Args: c.args} }

func (c call) String() string { return c.shown().String() }

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

// simulator runs a program.
type simulator struct {
	prog   []unix.SockFilter
	loaded *bpfvm.Program
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
	loaded, err := bpfvm.Load(prog)
	if err != nil {
		t.Fatal(err)
	}
	return &simulator{prog, loaded}
}

func (s *simulator) run(t rapid.TB, c call) seccomp.Action {
	t.Helper()
	action, err := s.loaded.Run(c.shown())
	if err != nil {
		t.Fatal(err)
	}
	return action
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
	words := c.shown().Words()
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
