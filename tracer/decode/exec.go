package decode

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// Bounds on what is read of argv and of the environment. The kernel allows far
// more; what lies beyond is cut off, and Truncated says so.
const (
	maxStrings     = 4096
	maxStringBytes = 64 << 10
)

// vectorState is argv or the environment of the call in hand.
type vectorState struct {
	list      []string
	read      bool
	truncated bool
	err       error
}

// Exec is the program that the execve or execveat in hand names. Each part is
// read when it is first asked for, and once.
type Exec struct{ d *Decoder }

// Exec is false when the call in hand is no execve.
func (d *Decoder) Exec() (Exec, bool) {
	return Exec{d}, d.plan.vector[0] >= 0
}

// Dir is the descriptor that a relative Path starts from: AT_FDCWD for execve.
func (e Exec) Dir() int {
	if dir := e.d.plan.paths[mainPath].dir; dir >= 0 {
		return e.d.call.Value(dir)
	}
	return unix.AT_FDCWD
}

// Flags are execveat's: AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW.
func (e Exec) Flags() int {
	if i := e.d.plan.paths[mainPath].flagArg; i >= 0 {
		return e.d.call.Value(i)
	}
	return 0
}

// Path is the path as given. It is valid until the next Begin.
func (e Exec) Path() ([]byte, error) { return e.d.givenPath(mainPath) }

// Argv are the arguments, at most 4,096 of them and 64 KiB in all. The slice is
// valid until the next Begin, its strings as long as the arena's.
func (e Exec) Argv() ([]string, error) { return e.d.vector(0) }

// Envp is the environment, bounded like Argv.
func (e Exec) Envp() ([]string, error) { return e.d.vector(1) }

// Truncated reports whether Argv or Envp, as far as they were read, are longer
// than what is given.
func (e Exec) Truncated() bool { return e.d.lists[0].truncated || e.d.lists[1].truncated }

// vectors fills evt.arg of argv and of the environment. As in Falco evt.arg.args
// leaves out argv[0], which is evt.arg.exe.
func (d *Decoder) vectors(ev *event.Event) error {
	if d.plan.vector[0] < 0 {
		return nil
	}
	argv, err := d.vector(0)
	if len(argv) > 0 {
		ev.Evt.Arg[d.plan.field[0]] = argv[0]
		ev.Evt.Arg[d.plan.arg[d.plan.vector[0]]] = d.join(argv[1:])
	}
	if err != nil {
		return err
	}
	env, err := d.vector(1)
	ev.Evt.Arg[d.plan.arg[d.plan.vector[1]]] = d.join(env)
	return err
}

func (d *Decoder) join(list []string) string {
	mark := d.arena.Mark()
	for i, s := range list {
		if i > 0 {
			d.arena.Append(" ")
		}
		d.arena.Append(s)
	}
	return d.arena.Since(mark)
}

// vector reads argv (0) or the environment (1), once. A null pointer is an
// empty list (fs/exec.c, count).
func (d *Decoder) vector(which int) ([]string, error) {
	v := &d.lists[which]
	if v.read {
		return v.list, v.err
	}
	v.read = true
	arg := d.plan.vector[which]
	addr := d.call.pointer(arg)
	if addr == 0 {
		return nil, nil
	}
	n, err := d.pointers(addr)
	v.truncated = n > maxStrings
	total := 0
	for i := 0; err == nil && i < min(n, maxStrings); i++ {
		var s string
		if s, err = d.vectorString(d.ptrs[i], maxStringBytes-total); err == nil {
			v.list = append(v.list, s)
			total += len(s) + 1
		}
		if total >= maxStringBytes {
			v.truncated = true
			break
		}
	}
	if err != nil {
		v.err = d.wrap(arg, addr, err)
	}
	return v.list, v.err
}

// pointers reads the words of an array up to its null into d.ptrs: all of them,
// or more than maxStrings.
func (d *Decoder) pointers(addr uint64) (int, error) {
	size := int(d.call.wordSize()) //nolint:gosec // 4 or 8
	d.ptrs = d.ptrs[:0]
	for hint := 16 * size; len(d.ptrs) <= maxStrings; hint = pageSize {
		b, err := d.mem.at(addr, hint)
		if err != nil {
			return 0, err
		}
		if b = b[:len(b)/size*size]; len(b) == 0 {
			// An unaligned array has a word across the border of two pages.
			b = d.text[:size]
			if err := d.mem.full(addr, b); err != nil {
				return 0, err
			}
		}
		for ; len(b) > 0; b = b[size:] {
			p := word(b, d.call.wordSize())
			if p == 0 {
				return len(d.ptrs), nil
			}
			d.ptrs = append(d.ptrs, p)
			addr += d.call.wordSize()
		}
	}
	return len(d.ptrs), nil
}

func word(b []byte, size uint64) uint64 {
	if size == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// vectorString puts the string at addr, at most limit bytes of it, into the arena.
func (d *Decoder) vectorString(addr uint64, limit int) (string, error) {
	mark := d.arena.Mark()
	for d.arena.Mark()-mark < limit {
		b, err := d.mem.at(addr, pageSize)
		if err != nil {
			return "", err
		}
		end := bytes.IndexByte(b, 0)
		if end >= 0 {
			b = b[:end]
		}
		b = b[:min(len(b), limit-(d.arena.Mark()-mark))]
		d.arena.AppendBytes(b)
		if end >= 0 {
			break
		}
		addr += uint64(len(b)) //nolint:gosec // a length
	}
	return d.arena.Since(mark), nil
}
