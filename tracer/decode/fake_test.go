package decode

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/proc"
)

// fakeTarget is a thread whose memory is one piece of bytes and whose working
// directory holds file, and link that leads to file.
type fakeTarget struct {
	base  uint64
	mem   []byte
	chunk int // reads return no more than this at a time; 0: all
	reads int
	gone  bool
}

const fakeDir = "/home/test"

func (f *fakeTarget) ReadMem(addr uint64, b []byte) (int, error) {
	f.reads++
	switch off := addr - f.base; {
	case f.gone:
		return 0, proc.ErrGone
	case off >= uint64(len(f.mem)):
		return 0, unix.EFAULT
	default:
		if f.chunk > 0 {
			b = b[:min(len(b), f.chunk)]
		}
		return copy(b, f.mem[off:]), nil
	}
}

func (f *fakeTarget) Resolve(a *event.Arena, dir int, p []byte, follow bool) (string, bool, error) {
	if f.gone {
		return "", false, proc.ErrGone
	}
	name := string(p)
	if !path.IsAbs(name) {
		if dir != dirFD && dir != unix.AT_FDCWD {
			return "", false, unix.EBADF
		}
		name = fakeDir + "/" + name
	}
	name = path.Clean(name)
	if follow && name == fakeDir+"/link" {
		name = fakeDir + "/file"
	}
	return a.String([]byte(name)), true, nil
}

func (f *fakeTarget) FD(_ *event.Arena, fd int) (proc.FDInfo, error) {
	switch {
	case f.gone:
		return proc.FDInfo{}, proc.ErrGone
	case fd == dirFD:
		return proc.FDInfo{Name: fakeDir, Type: "directory"}, nil
	case fd == socketFD:
		return proc.FDInfo{Name: "socket:[1]", Type: "ipv4"}, nil
	}
	return proc.FDInfo{}, unix.EBADF
}

func (f *fakeTarget) Socket(_ *event.Arena, fd int) (proc.SocketInfo, error) {
	if fd != socketFD {
		return proc.SocketInfo{}, unix.ENOTSOCK
	}
	return proc.SocketInfo{Family: unix.AF_INET, Type: unix.SOCK_STREAM, Proto: unix.IPPROTO_TCP}, nil
}

// everything asks for all that a decoder can provide.
const everything = event.NeedCall | event.NeedArgs | event.NeedPath | event.NeedFDType | event.NeedAddr | event.NeedSocket |
	event.NeedArgText

// build makes the registers of a case, with junk wherever the kernel does not
// look, and the memory that they point to.
func (tt *testCase) build(abi syscalls.ABI, nr int) (regs [6]uint64, mem []byte) {
	const junk = 0xdead_beef_dead_beef
	spec, _ := syscalls.Lookup(abi, nr)
	m := &image{abi: abi, b: make([]byte, 16)}
	for i := range regs {
		regs[i] = junk
		if i < len(tt.args) {
			regs[i] = tt.args[i](m)
			if width := spec.Args[i].Kind.Width(abi); width < 64 {
				low := uint64(1)<<width - 1
				regs[i] = regs[i]&low | junk&^low
			}
		}
	}
	return regs, m.b
}

// eachABI runs f for every ABI on which the case exists.
func (tt *testCase) eachABI(f func(abi syscalls.ABI, nr int)) {
	abis := tt.abis
	if abis == nil {
		abis = anyABI
	}
	for _, abi := range abis {
		if nr, ok := syscalls.Number(abi, tt.name); ok {
			if _, ok := syscalls.Lookup(abi, nr); ok {
				f(abi, nr)
			}
		}
	}
}

// check compares an event with what the case wants.
func (tt *testCase) check(t *testing.T, ev *event.Event, dir string) {
	t.Helper()
	for name, want := range tt.want {
		want = strings.ReplaceAll(want, "$D", dir)
		if got := text(t, ev, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// text is a field as alerts show it.
func text(t *testing.T, ev *event.Event, name string) string {
	t.Helper()
	f, err := event.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(f.AppendText(nil, ev))
}

func TestDecodeFakeMemory(t *testing.T) {
	covered := make(map[string]bool)
	for _, tt := range allCases() {
		tt.eachABI(func(abi syscalls.ABI, nr int) {
			t.Run(fmt.Sprintf("%v/%s", abi, tt.name), func(t *testing.T) {
				regs, mem := tt.build(abi, nr)
				for _, chunk := range []int{0, 1, 7} {
					var ev event.Event
					ev.Reset()
					d := NewDecoder(new(event.Arena))
					if err := d.Begin(New(abi, nr, regs), &fakeTarget{base: imageBase, mem: mem, chunk: chunk}); err != nil {
						t.Fatal(err)
					}
					if err := d.DecodeAt(tt.event, &ev, everything); err != nil {
						t.Fatal(err)
					}
					tt.check(t, &ev, fakeDir)
					checkArgs(t, d, ev)
					covered[d.Call().Spec.Type] = true
				}
			})
		})
	}
	for _, typ := range syscalls.Types() {
		if !covered[typ] {
			t.Errorf("no case decodes %s", typ)
		}
	}
}

// checkArgs: what Args names is all that was filled.
func checkArgs(t *testing.T, d *Decoder, ev event.Event) {
	t.Helper()
	var blank event.Event
	blank.Reset()
	if ev.Forget(event.NeedArgs, d.Args()); ev != blank {
		t.Errorf("%s filled more arguments than %v", d.Call().Type(), d.Args())
	}
}
