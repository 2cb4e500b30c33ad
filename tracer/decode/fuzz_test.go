package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// FuzzNotification decodes calls of any number, with any registers and memory.
// Whatever they hold, decoding ends, its strings are bounded, and its error is
// one that the kernel would give.
func FuzzNotification(f *testing.F) {
	for _, tt := range allCases() {
		tt.eachABI(func(abi syscalls.ABI, nr int) {
			regs, mem := tt.build(abi, nr)
			var b []byte
			for _, r := range regs {
				b = binary.LittleEndian.AppendUint64(b, r)
			}
			f.Add(uint8(abi), nr, b, mem, uint16(0))
		})
	}
	d := NewDecoder(new(event.Arena))
	f.Fuzz(func(t *testing.T, abi uint8, nr int, regs, mem []byte, chunk uint16) {
		var args [6]uint64
		for i := range args {
			var b [8]byte
			if len(regs) > 8*i {
				copy(b[:], regs[8*i:])
			}
			args[i] = binary.LittleEndian.Uint64(b[:])
		}
		d.arena.Reset()
		target := &fakeTarget{base: imageBase, mem: mem, chunk: int(chunk)}
		checkError(t, d.Begin(New(syscalls.ABI(abi), nr, args), target))
		var ev event.Event
		for i := range min(d.Events(), 3) {
			ev.Reset()
			checkError(t, d.DecodeAt(i, &ev, everything))
			checkEvent(t, &ev)
		}
		if d.Events() < 1 || d.Events() > maxMessages {
			t.Errorf("%d events", d.Events())
		}
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var bad *ArgError
	if err != nil && !errors.As(err, &bad) {
		t.Errorf("an error that is no *ArgError: %v", err)
	}
}

func checkEvent(t *testing.T, ev *event.Event) {
	t.Helper()
	for id, s := range ev.Evt.Arg {
		if len(s) > maxStringBytes+maxStrings {
			t.Errorf("evt.arg.%s has %d bytes", syscalls.ArgName(id), len(s))
		}
	}
	if len(ev.FD.NameRaw) >= pathMax || strings.Contains(ev.FS.Path.NameRaw, "\x00") {
		t.Errorf("fd.nameraw has %d bytes", len(ev.FD.NameRaw))
	}
	if ev.FD.SPort != event.Missing && (ev.FD.SPort < 0 || ev.FD.SPort > 65535) {
		t.Errorf("fd.sport is %d", ev.FD.SPort)
	}
}

// FuzzMemory holds the string reader to the obvious one, wherever pages end and
// however few bytes a read returns.
func FuzzMemory(f *testing.F) {
	f.Add([]byte("hello\x00world"), uint16(0), uint16(3), uint16(10))
	f.Add(bytes.Repeat([]byte("x"), 5000), uint16(4000), uint16(0), uint16(200))
	f.Fuzz(func(t *testing.T, mem []byte, start, chunk, limit uint16) {
		m := new(memory)
		m.reset(&fakeTarget{base: imageBase + 123, mem: mem, chunk: int(chunk)})
		b := make([]byte, min(int(limit), pathMax))
		got, whole, err := m.cstring(imageBase+123+uint64(start), b, pathHint)
		want := []byte{}
		if int(start) <= len(mem) {
			want = mem[start:]
		}
		end := bytes.IndexByte(want, 0)
		switch {
		case end >= 0 && end < len(b):
			if !whole || err != nil || !bytes.Equal(got, want[:end]) {
				t.Errorf("%q, %v, %v; want %q", got, whole, err, want[:end])
			}
		case len(want) >= len(b):
			if whole || err != nil || !bytes.Equal(got, want[:len(b)]) {
				t.Errorf("%q, %v, %v; want the first %d bytes", got, whole, err, len(b))
			}
		case !errors.Is(err, ErrFault):
			t.Errorf("%q, %v, %v; want a fault", got, whole, err)
		}
	})
}

// FuzzArgv reads arrays of pointers into the bytes that hold them.
func FuzzArgv(f *testing.F) {
	f.Add(words(imageBase+16, 0), uint8(0), false)
	f.Add(words(imageBase, imageBase+3), uint8(3), true)
	f.Fuzz(func(t *testing.T, mem []byte, start uint8, narrow bool) {
		abi, name := syscalls.AMD64, "execve"
		if narrow {
			abi = syscalls.I386
		}
		nr, _ := syscalls.Number(abi, name)
		d := NewDecoder(new(event.Arena))
		target := &fakeTarget{base: imageBase, mem: mem}
		if err := d.Begin(New(abi, nr, [6]uint64{0, imageBase + uint64(start)}), target); err != nil {
			t.Fatal(err)
		}
		x, _ := d.Exec()
		argv, err := x.Argv()
		checkError(t, err)
		total := 0
		for _, s := range argv {
			total += len(s)
			if strings.Contains(s, "\x00") {
				t.Errorf("%q", s)
			}
		}
		if len(argv) > maxStrings || total > maxStringBytes {
			t.Errorf("%d strings, %d bytes", len(argv), total)
		}
	})
}

// FuzzMsghdr reads message headers of both layouts.
func FuzzMsghdr(f *testing.F) {
	f.Add(words(imageBase+16, 16), uint32(1), uint16(0), false)
	f.Fuzz(func(t *testing.T, mem []byte, vlen uint32, i uint16, narrow bool) {
		abi := syscalls.AMD64
		if narrow {
			abi = syscalls.I386
		}
		nr, _ := syscalls.Number(abi, "sendmmsg")
		d := NewDecoder(new(event.Arena))
		target := &fakeTarget{base: imageBase, mem: mem}
		if err := d.Begin(New(abi, nr, [6]uint64{socketFD, imageBase, uint64(vlen)}), target); err != nil {
			t.Fatal(err)
		}
		var ev event.Event
		ev.Reset()
		checkError(t, d.DecodeAt(int(i), &ev, everything))
		checkEvent(t, &ev)
		if target.reads > 8 {
			t.Errorf("%d reads for one address", target.reads)
		}
	})
}
