package decode

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/proc"
)

// begin takes up a call of a fake target, whose memory build has filled.
func begin(t *testing.T, abi syscalls.ABI, name string, target *fakeTarget, args ...value) (*Decoder, error) {
	t.Helper()
	nr, ok := syscalls.Number(abi, name)
	if !ok {
		t.Fatalf("%v has no %s", abi, name)
	}
	m := &image{abi: abi, b: make([]byte, 16)}
	var regs [6]uint64
	for i, a := range args {
		regs[i] = a(m)
	}
	target.base, target.mem = imageBase, m.b
	d := NewDecoder(new(event.Arena))
	return d, d.Begin(New(abi, nr, regs), target)
}

const nowhere = 0x1000 // no memory is there

// TestRefusals: arguments for which the kernel refuses the call.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("a", pathMax)
	inet4 := inet(addr4)
	for _, tt := range []struct {
		what, call string
		args       []value
		errno      unix.Errno
		arg        string
	}{
		{"unreadable path", "openat", []value{neg(atCWD), num(nowhere), num(0), num(0)}, unix.EFAULT, "name"},
		{"null path", "chdir", []value{num(0)}, unix.EFAULT, "path"},
		{"path at the end of memory", "chdir", []value{num(^uint64(0))}, unix.EFAULT, "path"},
		{"path without an end", "chdir", []value{raw([]byte("abc"))}, unix.EFAULT, "path"},
		{"long path", "chdir", []value{str(long)}, unix.ENAMETOOLONG, "path"},
		{"long source", "rename", []value{str(long), str("b")}, unix.ENAMETOOLONG, "oldpath"},
		{"negative address length", "connect", []value{num(socketFD), raw(inet4), neg(-1)}, unix.EINVAL, "addr"},
		{"long address", "connect", []value{num(socketFD), raw(make([]byte, 200)), num(129)}, unix.EINVAL, "addr"},
		{"one byte of address", "connect", []value{num(socketFD), raw(inet4), num(1)}, unix.EINVAL, "addr"},
		{"short IPv4", "connect", []value{num(socketFD), raw(inet4), num(15)}, unix.EINVAL, "addr"},
		{"short IPv6", "connect", []value{num(socketFD), raw(inet(addr6)), num(23)}, unix.EINVAL, "addr"},
		{"long unix path", "connect", []value{num(socketFD), raw(unixAddr(long)), num(111)}, unix.EINVAL, "addr"},
		{"unreadable address", "connect", []value{num(socketFD), num(nowhere), num(16)}, unix.EFAULT, "addr"},
		{"unreadable header", "sendmsg", []value{num(socketFD), num(nowhere), num(0)}, unix.EFAULT, "msg"},
		{"negative name length", "sendmsg", []value{num(socketFD), raw(words(imageBase, ^uint64(0))), num(0)}, unix.EINVAL, "msg"},
		{"small open_how", "openat2", []value{num(dirFD), str("f"), words64(0, 0, 0), num(23)}, unix.EINVAL, "how"},
		{"large open_how", "openat2", []value{num(dirFD), str("f"), words64(0, 0, 0), num(4097)}, unix.E2BIG, "how"},
		{"newer open_how", "openat2", []value{num(dirFD), str("f"), words64(0, 0, 0, 1), num(32)}, unix.E2BIG, "how"},
		{"unreadable open_how", "openat2", []value{num(dirFD), str("f"), num(nowhere), num(24)}, unix.EFAULT, "how"},
		{"small clone_args", "clone3", []value{words64(0, 0, 0), num(24)}, unix.EINVAL, "cl_args"},
		{"newer clone_args", "clone3", []value{raw(append(make([]byte, 88), 1)), num(89)}, unix.E2BIG, "cl_args"},
		{"capset of no version", "capset", []value{words32(num(1), num(0)), words64(0, 0, 0)}, unix.EINVAL, "header"},
		{"unreadable capabilities", "capset", []value{words32(num(capVersion3), num(0)), num(0)}, unix.EFAULT, "data"},
		{"long host name", "sethostname", []value{raw(make([]byte, 100)), num(65)}, unix.EINVAL, "name"},
		{"negative host name", "sethostname", []value{raw(make([]byte, 100)), neg(-1)}, unix.EINVAL, "name"},
		{"unreadable argv", "execve", []value{str("p"), num(nowhere), num(0)}, unix.EFAULT, "args"},
		{"argv with a bad pointer", "execve", []value{str("p"), raw(words(nowhere, 0)), num(0)}, unix.EFAULT, "args"},
		{"unreadable environment", "execve", []value{str("p"), list("p"), num(nowhere)}, unix.EFAULT, "env"},
		{"unreadable text", "memfd_create", []value{num(nowhere), num(0)}, unix.EFAULT, "name"},
		{"unreadable name", "prctl", []value{num(unix.PR_SET_NAME), num(nowhere)}, unix.EFAULT, "arg2_int"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			d, err := begin(t, syscalls.AMD64, tt.call, &fakeTarget{}, tt.args...)
			if err != nil {
				t.Fatal(err)
			}
			var ev event.Event
			ev.Reset()
			err = d.Decode(&ev, everything)
			var bad *ArgError
			if !errors.As(err, &bad) || !errors.Is(err, tt.errno) || bad.Arg != tt.arg {
				t.Errorf("got error %v, want %v of %s", err, tt.errno, tt.arg)
			}
			if ev.Evt.Type != tt.call {
				t.Errorf("evt.type is %q", ev.Evt.Type)
			}
		})
	}
}

// words are two words of the AMD64 ABI.
func words(a, b uint64) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, a), b)
}

// TestGone: a lost thread is told from a bad argument.
func TestGone(t *testing.T) {
	for _, tt := range []struct {
		abi  syscalls.ABI
		call string
		args []value
	}{
		{syscalls.AMD64, "openat", []value{neg(atCWD), str("x"), num(0), num(0)}},
		{syscalls.AMD64, "connect", []value{num(socketFD), raw(inet(addr4)), num(16)}},
		{syscalls.AMD64, "execve", []value{str("x"), list("x"), num(0)}},
		{syscalls.AMD64, "dup", []value{num(socketFD)}},
		{syscalls.I386, "socketcall", []value{num(3), words32(num(1), num(2), num(3))}},
	} {
		d, err := begin(t, tt.abi, tt.call, &fakeTarget{gone: true}, tt.args...)
		if err == nil {
			err = d.Decode(new(event.Event), everything)
		}
		var bad *ArgError
		if !errors.Is(err, proc.ErrGone) || errors.As(err, &bad) {
			t.Errorf("%s: %v", tt.call, err)
		}
	}
}

func TestLongestPath(t *testing.T) {
	long := "/" + strings.Repeat("a", pathMax-2)
	d, err := begin(t, syscalls.AMD64, "chdir", &fakeTarget{}, str(long))
	if err != nil {
		t.Fatal(err)
	}
	var ev event.Event
	if err := d.Decode(&ev, everything); err != nil || ev.FD.NameRaw != long {
		t.Errorf("%d bytes of path, error %v", len(ev.FD.NameRaw), err)
	}
}

func TestMessageBounds(t *testing.T) {
	for vlen, want := range map[uint64]int{0: 1, 1: 1, 2: 2, 1024: 1024, 1025: 1024, 0xffffffff: 1024, 1 << 32: 1} {
		d, err := begin(t, syscalls.AMD64, "sendmmsg", &fakeTarget{}, num(socketFD), msgs(inet(addr4)), num(vlen), num(0))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Events(); got != want {
			t.Errorf("vlen %#x makes %d events, want %d", vlen, got, want)
		}
	}
	d, _ := begin(t, syscalls.AMD64, "sendmmsg", &fakeTarget{}, num(socketFD), msgs(inet(addr4)), num(2), num(0))
	var ev event.Event
	if err := d.DecodeAt(1, &ev, everything); !errors.Is(err, ErrFault) {
		t.Errorf("a header beyond memory: %v", err)
	}
	// msg_namelen is cut off at the size of sockaddr_storage, not refused.
	long := append(inet(addr4), make([]byte, 200)...)
	d, _ = begin(t, syscalls.AMD64, "sendmsg", &fakeTarget{}, num(socketFD), msg(long), num(0))
	if err := d.Decode(&ev, everything); err != nil || ev.FD.SIP != "10.96.0.1" {
		t.Errorf("a long name: %q, %v", ev.FD.SIP, err)
	}
}

// TestSocketcallFault: what can't be read stays a socketcall, so that a rule on
// it is not passed by.
func TestSocketcallFault(t *testing.T) {
	d, err := begin(t, syscalls.I386, "socketcall", &fakeTarget{}, num(3), num(nowhere))
	if !errors.Is(err, ErrFault) {
		t.Errorf("got %v", err)
	}
	var ev event.Event
	if err := d.Decode(&ev, event.NeedArgs); err != nil || ev.Evt.Type != "socketcall" {
		t.Errorf("%q, %v", ev.Evt.Type, err)
	}
	id, _ := syscalls.ArgID("call")
	if ev.Evt.Arg[id] != "SYS_CONNECT" {
		t.Errorf("evt.arg.call is %q", ev.Evt.Arg[id])
	}
	if typ := d.Call().Type(); typ != "connect" {
		t.Errorf("the registers say connect, Type says %q", typ)
	}
}

func TestUnknownCalls(t *testing.T) {
	for _, tt := range []struct {
		abi  syscalls.ABI
		nr   int
		want string
	}{
		{syscalls.AMD64, 0, "read"},
		{syscalls.X32, 59, ""},
		{syscalls.X32, 520, "execve"},
		{syscalls.AMD64, -1, ""},
		{syscalls.ABI(77), 1, ""},
	} {
		d := NewDecoder(new(event.Arena))
		if err := d.Begin(New(tt.abi, tt.nr, [6]uint64{}), &fakeTarget{}); err != nil {
			t.Fatal(err)
		}
		var ev event.Event
		if err := d.Decode(&ev, everything); err != nil || ev.Evt.Type != tt.want || d.Events() != 1 {
			t.Errorf("%v %d: %q, %v", tt.abi, tt.nr, ev.Evt.Type, err)
		}
	}
}

// TestReadOnce: a thread that changes its memory between two looks at the same
// event can't have one thing judged and another shown.
func TestReadOnce(t *testing.T) {
	for _, tt := range []struct {
		call, field, want string
		args              []value
	}{
		{"connect", "fd.sip", "10.96.0.1", []value{num(socketFD), raw(inet(addr4)), num(16)}},
		{"sendmmsg", "fd.sip", "10.96.0.1", []value{num(socketFD), msgs(inet(addr4)), num(1), num(0)}},
		{"openat2", "evt.arg.flags", "O_RDWR", []value{num(dirFD), str("f"), words64(unix.O_RDWR, 0, 0), num(24)}},
		{"openat", "fd.nameraw", "f", []value{num(dirFD), str("f"), num(0), num(0)}},
		{"execve", "evt.arg.args", "b", []value{str("f"), list("a", "b"), num(0)}},
	} {
		target := &fakeTarget{}
		d, err := begin(t, syscalls.AMD64, tt.call, target, tt.args...)
		if err != nil {
			t.Fatal(err)
		}
		var ev event.Event
		for range 2 {
			ev.Reset()
			if err := d.Decode(&ev, everything); err != nil {
				t.Fatal(err)
			}
			if got := text(t, &ev, tt.field); got != tt.want {
				t.Errorf("%s: %s is %q, want %q", tt.call, tt.field, got, tt.want)
			}
			for i := range target.mem {
				target.mem[i] = 2
			}
		}
	}
}
