package seccomp_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
)

func init() {
	victims["install without no_new_privs"] = func() {
		prog, err := bpf.Compile(markedFilter())
		check(err)
		_, err = seccomp.Install(prog, seccomp.FlagNewListener)
		fmt.Println(errors.Is(err, seccomp.ErrNoNewPrivs), err)
	}
	victims["second listener"] = func() {
		prog, err := bpf.Compile(markedFilter())
		check(err)
		check(seccomp.SetNoNewPrivs())
		_, err = seccomp.Install(prog, seccomp.FlagNewListener)
		check(err)
		_, err = seccomp.Install(prog, seccomp.FlagNewListener)
		fmt.Println(errors.Is(err, seccomp.ErrBusy), err)
		fd, err := seccomp.Install(prog, 0)
		fmt.Println("without a listener:", fd, err)
	}
	victims["differential"] = differential
}

func TestInstallNeedsNoNewPrivs(t *testing.T) {
	got := start(t, "install without no_new_privs").end()
	if !strings.HasPrefix(got, "true") || !strings.Contains(got, "no_new_privs is not set") {
		t.Errorf("got %q", got)
	}
}

func TestSecondListenerIsBusy(t *testing.T) {
	got := start(t, "second listener").end()
	if !strings.HasPrefix(got, "true install filter: a filter with a listener") {
		t.Errorf("got %q", got)
	}
	if !strings.HasSuffix(got, "without a listener: -1 <nil>") {
		t.Errorf("a filter without a listener is refused: %q", got)
	}
}

func TestInstallRefusesBadPrograms(t *testing.T) {
	for _, n := range []int{0, unix.BPF_MAXINSNS + 1} {
		if _, err := seccomp.Install(make([]unix.SockFilter, n), 0); err == nil {
			t.Errorf("%d instructions were accepted", n)
		}
	}
}

func TestBestFlags(t *testing.T) {
	flags := seccomp.BestFlags()
	for feature, flag := range map[seccomp.Feature]seccomp.Flags{
		seccomp.WaitKillableRecv: seccomp.FlagWaitKillable, seccomp.SpeculationAllow: seccomp.FlagSpecAllow,
	} {
		if got, want := flags&flag != 0, seccomp.Require(feature) == nil; got != want {
			t.Errorf("%v: in the flags: %v, there: %v", feature, got, want)
		}
	}
}

// The kernel must take the compiled program and agree with the filter's
// meaning, on registers around those that the rules name.
func TestKernelAgreesWithDecide(t *testing.T) {
	if got := start(t, "differential").end(); got != "agreed" {
		t.Error(got)
	}
}

func differential() {
	rng := rand.New(rand.NewPCG(1, 2))
	f := &seccomp.Filter{}
	k := seccomp.Key{ABI: native(), NR: unix.SYS_GETPPID}
	masks := []uint64{3, 0xffff, 0xffffffff, ^uint64(0), 1 << 31, 1 << 40, 0xff << 28, 0xffffffff << 32}
	var rules []seccomp.Cube
	for i := range 300 {
		cube := seccomp.Cube{{Arg: 0, Mask: 0xffff0000, Value: mark}}
		for range 1 + rng.IntN(3) {
			mask := masks[rng.IntN(len(masks))]
			cube = append(cube, seccomp.Cmp{Arg: uint8(1 + rng.IntN(5)), Mask: mask, Value: rng.Uint64() & mask})
		}
		rules = append(rules, cube)
		f.Add(k, cube, seccomp.Errno(unix.Errno(100+i)))
	}
	prog, err := bpf.Compile(f)
	check(err)
	check(seccomp.SetNoNewPrivs())
	_, err = seccomp.Install(prog, 0)
	check(err)
	for range 20000 {
		args := [6]uint64{rng.Uint64()<<32 | mark, rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64()}
		for _, c := range rules[rng.IntN(len(rules))] {
			args[c.Arg] = args[c.Arg]&^c.Mask | c.Value
		}
		args[rng.IntN(6)] ^= rng.Uint64() & 1 << rng.IntN(64)
		want := f.Decide(k.ABI, k.NR, &args)
		_, _, errno := unix.RawSyscall6(unix.SYS_GETPPID, uintptr(args[0]), uintptr(args[1]), uintptr(args[2]),
			uintptr(args[3]), uintptr(args[4]), uintptr(args[5]))
		if errno == 0 && want != seccomp.Allow || errno != 0 && want != seccomp.Errno(errno) {
			fmt.Printf("%#x: the kernel says %v, the filter %v\n", args, errno, want)
			return
		}
	}
	fmt.Println("agreed")
}

func init() {
	victims["stacked denial"] = func() {
		beWatched(seccomp.FlagNewListener)
		f := markedFilter()
		for k := range f.Calls {
			f.Calls[k] = nil
			f.Add(k, nil, seccomp.Errno(unix.EXDEV))
		}
		prog, err := bpf.Compile(f)
		check(err)
		_, err = seccomp.Install(prog, 0)
		check(err)
		_, errno := getppid(0)
		fmt.Println(errno)
	}
}

// A program's own filter that denies a call goes before callgate's: there is
// nothing to judge.
func TestStackedDenialComesFirst(t *testing.T) {
	v := start(t, "stacked denial")
	l := v.listen()
	if got := v.end(); got != unix.EXDEV.Error() {
		t.Errorf("got %q", got)
	}
	if err := l.Recv(new(seccomp.Notification)); !errors.Is(err, seccomp.ErrHangup) {
		t.Errorf("receive: %v", err)
	}
}
