package decode

import (
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// quiet is a fake target that allocates nothing.
type quiet struct{ fakeTarget }

func (q *quiet) Resolve(a *event.Arena, _ int, p []byte, _ bool) (string, bool, error) {
	return a.String(p), true, nil
}

// hot are the calls whose cost matters most.
var hot = []testCase{
	{name: "setns", args: []value{num(dirFD), num(0x40000000)}},
	{name: "socket", args: []value{num(17), num(3), num(768)}},
	{name: "connect", args: []value{num(socketFD), raw(inet(addr6)), num(28)}},
	{name: "openat", args: []value{neg(atCWD), str("/etc/passwd"), num(0), num(0)}},
	{name: "sendmsg", args: []value{num(socketFD), msg(inet(addr4)), num(0)}},
	{name: "renameat2", args: []value{neg(atCWD), str("a"), neg(atCWD), str("b"), num(0)}},
	{name: "execve", args: []value{str("/bin/ls"), list("ls", "-l", "/tmp"), list("A=1", "B=2")}},
}

func (tt *testCase) decoder(abi syscalls.ABI) func() error {
	nr, _ := syscalls.Number(abi, tt.name)
	regs, mem := tt.build(abi, nr)
	target := &quiet{fakeTarget{base: imageBase, mem: mem}}
	var arena event.Arena
	var ev event.Event
	d := NewDecoder(&arena)
	return func() error {
		arena.Reset()
		ev.Reset()
		if err := d.Begin(New(abi, nr, regs), target); err != nil {
			return err
		}
		return d.Decode(&ev, everything)
	}
}

// TestDecodeAllocatesNothing once its buffers have grown.
func TestDecodeAllocatesNothing(t *testing.T) {
	for _, tt := range hot {
		tt.eachABI(func(abi syscalls.ABI, _ int) {
			decode := tt.decoder(abi)
			n := testing.AllocsPerRun(100, func() {
				if err := decode(); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 {
				t.Errorf("%v %s: %v allocations", abi, tt.name, n)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, tt := range hot {
		b.Run(tt.name, func(b *testing.B) {
			decode := tt.decoder(syscalls.AMD64)
			b.ReportAllocs()
			for b.Loop() {
				if err := decode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
