package seccomp_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

var x86 = []syscalls.ABI{syscalls.AMD64, syscalls.I386}

func TestDecide(t *testing.T) {
	f := &seccomp.Filter{ABIs: x86}
	k := seccomp.Key{ABI: syscalls.AMD64, NR: 2}
	f.Add(k, seccomp.Cube{{Arg: 1, Mask: 3, Value: 1}}, seccomp.Notify)
	f.Add(k, seccomp.Cube{{Arg: 1, Mask: 1, Value: 1}}, seccomp.Kill)
	f.Add(seccomp.Key{ABI: syscalls.I386, NR: 5}, nil, seccomp.Errno(unix.EPERM))
	for _, tt := range []struct {
		abi  syscalls.ABI
		nr   int
		arg1 uint64
		want seccomp.Action
	}{
		{syscalls.AMD64, 2, 1, seccomp.Notify},
		{syscalls.AMD64, 2, 1 | 1<<40, seccomp.Notify},
		{syscalls.AMD64, 2, 3, seccomp.Kill},
		{syscalls.AMD64, 2, 0, seccomp.Allow},
		{syscalls.AMD64, 5, 1, seccomp.Allow},
		{syscalls.I386, 2, 1, seccomp.Allow},
		{syscalls.I386, 5, 1, seccomp.Errno(unix.EPERM)},
		{syscalls.X32, 2, 1, seccomp.Errno(unix.ENOSYS)},
		{syscalls.ARM64, 2, 1, seccomp.Errno(unix.ENOSYS)},
		{syscalls.AMD64, 2 | syscalls.X32Bit, 1, seccomp.Errno(unix.ENOSYS)},
		{syscalls.AMD64, -2, 1, seccomp.Errno(unix.ENOSYS)},
		{syscalls.AMD64, seccomp.Skip, 1, seccomp.Allow},
		{syscalls.ARM64, seccomp.Skip, 1, seccomp.Errno(unix.ENOSYS)},
	} {
		if got := f.Decide(tt.abi, tt.nr, &[6]uint64{1: tt.arg1}); got != tt.want {
			t.Errorf("%v call %d with %#x: %v, want %v", tt.abi, tt.nr, tt.arg1, got, tt.want)
		}
	}
}

func TestReduceKeepsMeaning(t *testing.T) {
	actions := []seccomp.Action{seccomp.Allow, seccomp.Notify, seccomp.Errno(unix.EPERM)}
	rapid.Check(t, func(t *rapid.T) {
		var rules []seccomp.Rule
		for range rapid.IntRange(0, 6).Draw(t, "rules") {
			rules = append(rules, seccomp.Rule{Cube: cubes.Draw(t, "cube"), Action: rapid.SampledFrom(actions).Draw(t, "action")})
		}
		args := calls.Draw(t, "args")
		k := seccomp.Key{ABI: syscalls.AMD64, NR: 1}
		before := seccomp.Filter{ABIs: x86, Calls: map[seccomp.Key][]seccomp.Rule{k: rules}}
		after := seccomp.Filter{ABIs: x86, Calls: map[seccomp.Key][]seccomp.Rule{k: seccomp.Reduce(rules)}}
		if b, a := before.Decide(k.ABI, k.NR, args), after.Decide(k.ABI, k.NR, args); a != b {
			t.Fatalf("%v reduced to %v: %v became %v", rules, after.Calls[k], b, a)
		}
		if len(after.Calls[k]) > len(rules) {
			t.Fatal("the reduced list is longer")
		}
	})
}

func TestValidate(t *testing.T) {
	key := seccomp.Key{ABI: syscalls.AMD64, NR: 1}
	for _, tt := range []struct {
		name   string
		abis   []syscalls.ABI
		key    seccomp.Key
		cube   seccomp.Cube
		action seccomp.Action
		want   string // part of the error; "" for none
	}{
		{"good", x86, key, seccomp.Cube{{5, 3, 1}}, seccomp.Notify, ""},
		{"32-bit mask on i386", x86, seccomp.Key{ABI: syscalls.I386, NR: 1}, seccomp.Cube{{0, 0xffffffff, 1}}, seccomp.Notify, ""},
		{"no such register", x86, key, seccomp.Cube{{6, 3, 1}}, seccomp.Notify, "registers 0 to 5"},
		{"value beside mask", x86, key, seccomp.Cube{{0, 1, 2}}, seccomp.Notify, "outside the mask"},
		{"64-bit mask on i386", x86, seccomp.Key{ABI: syscalls.I386, NR: 1}, seccomp.Cube{{0, 1 << 32, 0}}, seccomp.Notify, "32 bits"},
		{"negative number", x86, seccomp.Key{ABI: syscalls.AMD64, NR: -1}, nil, seccomp.Notify, "number out of range"},
		{"x32 number", x86, seccomp.Key{ABI: syscalls.AMD64, NR: syscalls.X32Bit}, nil, seccomp.Notify, "number out of range"},
		{"x32", []syscalls.ABI{syscalls.X32}, seccomp.Key{ABI: syscalls.X32, NR: 1}, nil, seccomp.Notify, "x32"},
		{"unlisted ABI", x86, seccomp.Key{ABI: syscalls.ARM64, NR: 1}, nil, seccomp.Notify, "refuses all calls of arm64"},
		{"unknown action", x86, key, nil, seccomp.Action(unix.SECCOMP_RET_TRACE), "not an action"},
		{"errno 0", x86, key, nil, seccomp.Errno(0), "not an action"},
	} {
		f := &seccomp.Filter{ABIs: tt.abis}
		f.Add(tt.key, tt.cube, tt.action)
		err := f.Validate()
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestStrings(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{seccomp.Cube{{1, 3, 1}}.String(), "arg1 & 0x3 == 0x1"},
		{seccomp.Cube{{0, ^uint64(0), 9}, {5, 8, 0}}.String(), "arg0 == 0x9 and arg5 & 0x8 == 0x0"},
		{seccomp.Cube{}.String(), "always"},
		{seccomp.Notify.String(), "notify"},
		{seccomp.Allow.String(), "allow"},
		{seccomp.Kill.String(), "kill"},
		{seccomp.Errno(unix.EPERM).String(), "EPERM"},
		{seccomp.Errno(4000).String(), "errno 4000"},
		{seccomp.Action(unix.SECCOMP_RET_TRAP).String(), "action 0x30000"},
		{seccomp.Version{Major: 6, Minor: 11}.String(), "6.11"},
		{seccomp.Key{ABI: syscalls.AMD64, NR: 59}.String(), "execve (amd64)"},
		{seccomp.Key{ABI: syscalls.I386, NR: 9999}.String(), "9999 (i386)"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestKeysAreOrdered(t *testing.T) {
	var f seccomp.Filter
	for _, k := range []seccomp.Key{{syscalls.I386, 3}, {syscalls.AMD64, 9}, {syscalls.AMD64, 2}, {syscalls.I386, 1}} {
		f.Add(k, nil, seccomp.Notify)
	}
	got := f.Keys()
	want := []seccomp.Key{{syscalls.AMD64, 2}, {syscalls.AMD64, 9}, {syscalls.I386, 1}, {syscalls.I386, 3}}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
