package oci

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/internal/bpfvm"
	"github.com/callgate/callgate/seccomp/internal/choices"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// maxProgram is the longest that the kernel takes (BPF_MAXINSNS).
const maxProgram = 4096

// trial is one profile and one filter, and what the library makes of the
// profile before and after the merge.
type trial struct {
	spec, merged  *specs.LinuxSeccomp
	filter        *seccomp.Filter
	before, after *bpfvm.Program
	model, result *Model
	tally         *tally
}

// tally counts, so that a test that tries nothing is noticed.
type tally struct {
	tried, refused, calls, notified int
	causes                          map[error]int
}

// agrees is the property. The base must be one that libseccomp takes.
func agrees(t rapid.TB, lib *library, s choices.Source, n *tally) {
	c := &trial{spec: randomProfile(s), filter: randomFilter(s), tally: n}
	n.tried++
	var err error
	var library *libraryError
	if c.before, err = lib.compile(c.spec); errors.As(err, &library) {
		return // no runtime would start a container with it
	} else if err != nil {
		t.Fatal(err)
	}
	c.merged, err = Merge(c.spec, c.filter, Options{ListenerPath: "/run/listener"})
	var refused *RefusedError
	if errors.As(err, &refused) {
		n.refused++
		if n.causes == nil {
			n.causes = make(map[error]int)
		}
		n.causes[refused.Cause]++
	} else if err != nil {
		t.Fatal(err)
	}
	if c.model, err = NewModel(c.spec); err != nil {
		t.Fatal(err)
	}
	if c.merged != nil {
		if c.after, err = lib.compile(c.merged); err != nil {
			t.Fatalf("%v\n%s", err, c)
		}
		if c.after.Length > maxProgram {
			t.Fatalf("%d instructions\n%s", c.after.Length, c)
		}
		if c.result, err = NewModel(c.merged); err != nil {
			t.Fatal(err)
		}
	}
	junk := s.Word() | 1<<32
	for _, name := range append(append([]string{"getppid"}, nativeNames...), foreignNames...) {
		c.calls(t, name, junk)
	}
}

func (c *trial) String() string {
	a, _ := json.Marshal(c.spec)
	b, _ := json.Marshal(c.filter)
	m, _ := json.Marshal(c.merged)
	return "profile " + string(a) + "\nfilter " + string(b) + "\nmerged " + string(m)
}

// calls tries a call at all its boundaries, on each ABI.
func (c *trial) calls(t rapid.TB, name string, junk uint64) {
	var values [3][]uint64
	for arg := range values {
		values[arg] = registers(c.spec, c.filter, name, arg, junk)
	}
	for _, abi := range []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.X32} {
		nr, ok := syscalls.Number(abi, name)
		if !ok {
			continue
		}
		for i := range max(len(values[0]), len(values[1]), len(values[2])) * 2 {
			// The registers step through their values at different paces.
			at := func(arg, step int) uint64 { return values[arg][(i*step+i/len(values[arg]))%len(values[arg])] }
			c.check(t, name, abi, nr, [6]uint64{at(0, 1), at(1, 3), at(2, 5), junk, junk, junk})
			c.check(t, name, abi, nr, [6]uint64{at(0, 1), at(1, 0), at(2, 0), junk, junk, junk})
		}
	}
}

func (c *trial) check(t rapid.TB, name string, abi syscalls.ABI, nr int, args [6]uint64) {
	before := decide(t, c.before, abi, nr, args)
	said, sure := c.model.Decide(abi, nr, &args)
	if sure && before != said {
		t.Fatalf("%s on %v %#x: the library says %v, the model %v\n%s", name, abi, args, before, said, c)
	}
	if c.merged == nil {
		return
	}
	c.tally.calls++
	after := decide(t, c.after, abi, nr, args)
	if want, sure := c.result.Decide(abi, nr, &args); sure && after != want {
		t.Fatalf("%s on %v %#x: merged, the library says %v, the model %v\n%s", name, abi, args, after, want, c)
	}
	if after == seccomp.Notify {
		c.tally.notified++
	}
	if !sure && c.fits(abi, nr, args, said, after) {
		return // what the profile says, and the library did not do before
	}
	if !c.fits(abi, nr, args, before, after) {
		t.Fatalf("%s on %v %#x: before %v, the filter says %v, merged %v\n%s", name, abi, args, before, c.filter.Decide(abi, nr, &args), after, c)
	}
}

// fits reports whether a merged answer is right.
func (c *trial) fits(abi syscalls.ABI, nr int, args [6]uint64, before, after seccomp.Action) bool {
	if !permits(before) {
		return after == before
	}
	if abi != syscalls.X32 {
		if want := c.filter.Decide(abi, nr, &args); want != seccomp.Allow {
			return after == want || abi == syscalls.I386 && c.refused(nr, args[0], after)
		}
	}
	if after == before {
		return true
	}
	if after == seccomp.Notify || abi == syscalls.X32 {
		return c.interesting(abi, nr)
	}
	return abi == syscalls.I386 && c.refused(nr, args[0], after)
}

// refused reports whether the filter refuses, in all its uses, the call that a
// multiplexing one stands for.
func (c *trial) refused(nr int, which uint64, after seccomp.Action) bool {
	mux, _ := syscalls.Name(syscalls.I386, nr)
	for name, n := range muxes[mux] {
		direct, ok := syscalls.Number(syscalls.I386, name)
		if rules := c.filter.Calls[seccomp.Key{ABI: syscalls.I386, NR: direct}]; ok && n == which&lowHalf && len(rules) > 0 {
			return rules[0].Action == after && len(rules[0].Cube) == 0
		}
	}
	return false
}

// interesting reports whether a call may be notified although the filter does
// not say so: because of the same name on another ABI, of upper halves, or of
// what it is multiplexed with.
func (c *trial) interesting(abi syscalls.ABI, nr int) bool {
	name, _ := syscalls.Name(abi, nr)
	for k := range c.filter.Calls {
		wanted, _ := syscalls.Name(k.ABI, k.NR)
		if wanted == name || related(wanted, name) || related(name, wanted) {
			return true
		}
	}
	return false
}

// related reports whether a call is multiplexed through mux on i386.
func related(mux, name string) bool { return muxes[mux][name] != 0 }

// trials is how many profiles are tried: CALLGATE_TRIALS, or few.
func trials(t *testing.T, few int) int {
	n, err := strconv.Atoi(os.Getenv("CALLGATE_TRIALS"))
	if os.Getenv("CALLGATE_TRIALS") == "" {
		return few
	}
	if err != nil {
		t.Fatal("CALLGATE_TRIALS:", err)
	}
	return n
}

// generator draws from a seeded sequence, the same on every run.
type generator struct{ state uint64 }

// Word is splitmix64.
func (g *generator) Word() uint64 {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (g *generator) Below(n int) int { return int(g.Word() % uint64(n)) }

// The property, on real libseccomp.
func TestMergedProfileMeansBoth(t *testing.T) {
	lib := startLibrary(t)
	var n tally
	for i := range trials(t, 200) {
		agrees(t, lib, &generator{uint64(i)}, &n)
		if t.Failed() {
			t.Fatalf("trial %d", i)
		}
	}
	t.Logf("%+v", n)
	if n.refused == n.tried || n.notified == 0 {
		t.Error("nothing was tried")
	}
}

func FuzzMergedProfileMeansBoth(f *testing.F) {
	lib := startLibrary(f)
	f.Add([]byte{0, 0, 0, 1, 1, 1, 2, 3})
	f.Add([]byte("any bytes make a profile and a filter that is merged into it"))
	f.Fuzz(func(t *testing.T, data []byte) { agrees(t, lib, &choices.Bytes{Data: data}, &tally{}) })
}
