package oci

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/internal/choices"
	"github.com/callgate/callgate/seccomp/syscalls"
)

func one[T any](s choices.Source, of ...T) T { return of[s.Below(len(of))] }

func number(n uint) *uint { return &n }

// Names that are interesting together: with and without numbers on each
// architecture, multiplexed on i386, with flags in a register.
var (
	nativeNames  = []string{"openat", "connect", "socket", "clone", "clone3", "kill", "prctl", "io_uring_setup", "seccomp", "sendto", "accept", "ioctl", "shmat", "execve"}
	foreignNames = []string{"socketcall", "ipc", "chown32", "send"}
)

func randomProfile(s choices.Source) *specs.LinuxSeccomp {
	p := &specs.LinuxSeccomp{Architectures: one(s,
		[]specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32},
		[]specs.Arch{specs.ArchX86_64},
		[]specs.Arch{specs.ArchX86_64, specs.ArchX86},
		[]specs.Arch{specs.ArchX32, specs.ArchX86, specs.ArchX86_64},
		nil,
	)}
	p.DefaultAction = one(s, specs.ActErrno, specs.ActAllow, specs.ActErrno, specs.ActLog, specs.ActKillProcess)
	if p.DefaultAction == specs.ActErrno && s.Below(3) == 0 {
		p.DefaultErrnoRet = number(uint(unix.ENOSYS))
	}
	// What real profiles begin with: a list without conditions.
	list := specs.LinuxSyscall{Action: one(s, specs.ActAllow, specs.ActAllow, specs.ActErrno, specs.ActLog)}
	for _, n := range append(nativeNames, foreignNames...) {
		if s.Below(3) == 0 {
			list.Names = append(list.Names, n)
		}
	}
	p.Syscalls = append(p.Syscalls, list)
	for range s.Below(8) {
		p.Syscalls = append(p.Syscalls, randomEntry(s))
	}
	for range s.Below(3) {
		p.Syscalls = append(p.Syscalls, randomRanges(s)...)
	}
	return p
}

// randomRanges are rules that together mean some ranges of one register, as
// containerd 1.7.35 has them for socket.
func randomRanges(s choices.Source) []specs.LinuxSyscall {
	like := randomEntry(s)
	reg, start := uint(s.Below(3)), uint64(s.Below(50))
	var out []specs.LinuxSyscall
	add := func(op specs.LinuxSeccompOperator, v uint64) {
		if s.Below(4) > 0 {
			like.Args = []specs.LinuxSeccompArg{{Index: reg, Op: op, Value: v}}
			out = append(out, like)
		}
	}
	add(one(s, specs.OpLessThan, specs.OpLessEqual), start)
	add(specs.OpEqualTo, start+1)
	add(specs.OpEqualTo, start+uint64(s.Below(4)))
	add(one(s, specs.OpGreaterThan, specs.OpGreaterThan, specs.OpGreaterEqual), start+2)
	return out
}

func randomEntry(s choices.Source) specs.LinuxSyscall {
	e := specs.LinuxSyscall{Action: one(s, specs.ActAllow, specs.ActAllow, specs.ActAllow, specs.ActErrno, specs.ActLog, specs.ActKillProcess, specs.ActTrap)}
	if e.Action == specs.ActErrno {
		e.ErrnoRet = one(s, nil, number(uint(unix.ENOSYS)), number(uint(unix.EACCES)))
	}
	for range 1 + s.Below(2) {
		e.Names = append(e.Names, randomName(s))
	}
	for range s.Below(3) {
		e.Args = append(e.Args, randomArg(s))
	}
	return e
}

func randomName(s choices.Source) string {
	if s.Below(6) == 0 {
		return one(s, foreignNames...)
	}
	return one(s, nativeNames...)
}

func randomArg(s choices.Source) specs.LinuxSeccompArg {
	a := specs.LinuxSeccompArg{Index: uint(s.Below(3)), Op: one(s,
		specs.OpMaskedEqual, specs.OpMaskedEqual, specs.OpEqualTo, specs.OpEqualTo, specs.OpNotEqual,
		specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual,
	)}
	if a.Op == specs.OpMaskedEqual {
		a.Value, a.ValueTwo = randomMask(s), randomValue(s)
		return a
	}
	a.Value = randomValue(s)
	return a
}

func randomMask(s choices.Source) uint64 {
	return one(s, 3, 0xff, 0x7e020000, lowHalf, ^uint64(0), 1<<31, 8, 0, lowHalf<<32, 1<<32|1)
}

func randomValue(s choices.Source) uint64 {
	return one(s, 0, 1, 2, 3, 17, 40, lowHalf, 1<<31, 1<<32, s.Word())
}

// randomFilter draws a valid filter such as rules make, and others.
func randomFilter(s choices.Source) *seccomp.Filter {
	f := &seccomp.Filter{ABIs: []syscalls.ABI{syscalls.AMD64, syscalls.I386}, Calls: make(map[seccomp.Key][]seccomp.Rule)}
	for range 1 + s.Below(5) {
		name := randomName(s)
		if _, socket := muxes["socketcall"][name]; socket {
			if nr, ok := syscalls.Number(syscalls.I386, "socketcall"); ok {
				f.Calls[seccomp.Key{ABI: syscalls.I386, NR: nr}] = []seccomp.Rule{{Action: seccomp.Notify}}
			}
		}
		for range 1 + s.Below(3) {
			action := one(s, seccomp.Notify, seccomp.Notify, seccomp.Notify, seccomp.Notify, seccomp.Allow, seccomp.Errno(unix.EBUSY), seccomp.Kill)
			cube := randomCube(s)
			for _, abi := range f.ABIs {
				nr, ok := syscalls.Number(abi, name)
				if !ok || action == seccomp.Notify && s.Below(8) == 0 {
					continue
				}
				if abi.Is32() {
					cube = cutTo32(cube)
				}
				f.Add(seccomp.Key{ABI: abi, NR: nr}, cube, action)
			}
		}
	}
	return f
}

func randomCube(s choices.Source) (cube seccomp.Cube) {
	for range s.Below(3) {
		mask := one(s, 3, lowHalf, lowHalf, 0xff, 1<<31, 8, 0x7e020000, ^uint64(0), 1<<40)
		cube = append(cube, seccomp.Cmp{Arg: uint8(s.Below(3)), Mask: mask, Value: randomValue(s) & mask})
	}
	return cube
}

func cutTo32(cube seccomp.Cube) (out seccomp.Cube) {
	for _, m := range cube {
		out = append(out, seccomp.Cmp{Arg: m.Arg, Mask: m.Mask & lowHalf, Value: m.Value & lowHalf})
	}
	return out
}

// registers are values of one register at which answers change: those that
// profile and filter compare, beside them, each of their bits changed, and junk
// in the upper half.
func registers(p *specs.LinuxSeccomp, f *seccomp.Filter, name string, arg int, junk uint64) []uint64 {
	out := []uint64{0, 1, lowHalf, ^uint64(0), junk, junk << 32}
	add := func(v, mask uint64) {
		filled := v | junk&^mask
		out = append(out, v, filled, v+1, v-1, v|junk<<32, v&lowHalf)
		for _, bit := range []int{0, 1, 3, 7, 17, 29, 31, 32, 40, 63} {
			if mask>>bit&1 != 0 {
				out = append(out, v^1<<bit, filled^1<<bit)
			}
		}
	}
	for _, e := range p.Syscalls {
		for _, a := range e.Args {
			for _, n := range e.Names {
				if n == name && int(a.Index) == arg {
					if a.Op == specs.OpMaskedEqual {
						add(a.ValueTwo&a.Value, a.Value)
					} else {
						add(a.Value, ^uint64(0))
					}
				}
			}
		}
	}
	for k, rules := range f.Calls {
		if n, _ := syscalls.Name(k.ABI, k.NR); n == name {
			for _, r := range rules {
				for _, m := range r.Cube {
					if int(m.Arg) == arg {
						add(m.Value, m.Mask)
					}
				}
			}
		}
	}
	if _, mux := muxes[name]; mux && arg == 0 {
		for n := range uint64(26) {
			out = append(out, n)
		}
	}
	return out
}
