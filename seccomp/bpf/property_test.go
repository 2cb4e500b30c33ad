package bpf_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/internal/choices"
	"github.com/callgate/callgate/seccomp/syscalls"
)

var actions = []seccomp.Action{
	seccomp.Notify, seccomp.Allow, seccomp.Kill, seccomp.Errno(unix.EPERM), seccomp.Errno(unix.ENOSYS),
}

// randomFilter draws a valid filter. Masks and values come from few bits and
// bytes, so that rules overlap, contradict and cover each other.
func randomFilter(s choices.Source) *seccomp.Filter {
	abis := [][]syscalls.ABI{x86, {syscalls.ARM64}, {syscalls.I386}, {syscalls.AMD64}}[s.Below(4)]
	f := &seccomp.Filter{ABIs: abis}
	for range s.Below(12) {
		k := seccomp.Key{ABI: abis[s.Below(len(abis))], NR: s.Below(24)}
		if s.Below(8) == 0 {
			k.NR = int(s.Word() % syscalls.X32Bit)
		}
		for range 1 + s.Below(4) {
			f.Add(k, randomCube(s, k.ABI), actions[s.Below(len(actions))])
		}
	}
	return f
}

func randomCube(s choices.Source, abi syscalls.ABI) seccomp.Cube {
	var cube seccomp.Cube
	for range s.Below(4) {
		mask := []uint64{
			3, 0xff, 0xffff, 0xffffffff, ^uint64(0), 1 << 31, 1 << 32, 1 << 63, 0xffffffff << 32, 0x80000001, 0, s.Word(),
		}[s.Below(12)]
		if abi == syscalls.I386 {
			mask &= 0xffffffff
		}
		value := []uint64{0, 1, ^uint64(0), s.Word()}[s.Below(4)] & mask
		cube = append(cube, seccomp.Cmp{Arg: uint8(s.Below(6)), Mask: mask, Value: value})
	}
	return cube
}

// agrees compares program and meaning at the filter's boundaries and on
// random calls.
func agrees(t rapid.TB, s choices.Source) {
	f := randomFilter(s)
	prog, err := bpf.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	sim := simulate(t, prog)
	for _, c := range boundaries(f, s.Word()) {
		sim.check(t, f, c)
	}
	for range 8 {
		c := call{archs[s.Below(3)], uint32(s.Below(28)), [6]uint64{}}
		for i := range c.args {
			c.args[i] = s.Word()
		}
		sim.check(t, f, c)
	}
}

type rapidSource struct{ t *rapid.T }

func (r rapidSource) Below(n int) int { return rapid.IntRange(0, n-1).Draw(r.t, "choice") }
func (r rapidSource) Word() uint64    { return rapid.Uint64().Draw(r.t, "word") }

func TestProgramMeansTheFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agrees(t, rapidSource{t}) })
}

func FuzzProgramMeansTheFilter(f *testing.F) {
	f.Add([]byte{0, 3, 0, 5, 1, 1, 2, 4, 0, 1, 0, 0})
	f.Add([]byte("any bytes make a filter, some of them with several rules and masks"))
	f.Fuzz(func(t *testing.T, data []byte) { agrees(t, &choices.Bytes{Data: data}) })
}

// However long a filter is, it compiles to the same meaning or not at all.
func TestLongProgramsMeanTheFilter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := &seccomp.Filter{ABIs: x86}
		step := rapid.IntRange(1, 5).Draw(rt, "step")
		cubes := rapid.IntRange(1, 40).Draw(rt, "cubes")
		mask := rapid.SampledFrom([]uint64{0xff, 0xffffffff, ^uint64(0)}).Draw(rt, "mask")
		for nr := 0; nr < 60; nr += step {
			for i := range cubes {
				f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: nr},
					seccomp.Cube{{Arg: uint8(i % 6), Mask: mask, Value: uint64(i + nr)}}, actions[(i+nr)%len(actions)])
			}
		}
		prog, err := bpf.Compile(f)
		var long *bpf.TooLongError
		if errors.As(err, &long) {
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		sim := simulate(rt, prog)
		for nr := range uint32(61) {
			for i := range uint64(cubes) {
				sim.check(rt, f, call{syscalls.AMD64.AuditArch(), nr, [6]uint64{i, i + 1, 0, i << 32, uint64(nr) + i, ^i}})
			}
		}
	})
}
