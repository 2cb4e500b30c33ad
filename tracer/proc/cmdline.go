package proc

import (
	"bytes"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// blockLimit bounds what is read of a command line or an environment; the
// kernel allows a quarter of the stack's limit, 2 MiB as a rule.
const blockLimit = 64 << 10

// Cmdline are the arguments of the running program, as far as they fit 64 KiB.
// The slice is valid until the next Cmdline or Image of this Thread. A program
// may write over its arguments. Kernel threads and zombies have none.
func (t *Thread) Cmdline(a *event.Arena) ([]string, error) {
	block, err := t.block(dirCmdline, "cmdline")
	if err != nil {
		return nil, err
	}
	t.argv = t.argv[:0]
	for len(block) > 0 {
		var arg []byte
		arg, block, _ = bytes.Cut(block, []byte{0})
		t.argv = append(t.argv, a.String(arg))
	}
	return t.argv, nil
}

// FirstArg is the first argument of the running program.
func (t *Thread) FirstArg(a *event.Arena) (string, error) {
	block, err := t.block(dirCmdline, "cmdline")
	arg, _, _ := bytes.Cut(block, []byte{0})
	return a.String(arg), err
}

// Environ is the environment that the running program was started with,
// NUL-separated, as far as it fits 64 KiB.
func (t *Thread) Environ(a *event.Arena) (string, error) {
	block, err := t.block(dirEnviron, "environ")
	if err != nil {
		return "", err
	}
	return a.String(block), nil
}

// block reads a NUL-separated file into the Thread's buffer.
func (t *Thread) block(name cstr, what string) ([]byte, error) {
	if err := t.prove(); err != nil {
		return nil, err
	}
	fd, err := openat(t.e.dir, name.ptr(), unix.O_RDONLY)
	if err != nil {
		return nil, t.e.errno("open "+what, err)
	}
	defer closeFD(fd)
	if t.buf == nil {
		t.buf = make([]byte, blockLimit)
	}
	n, err := read(fd, t.buf)
	if err != nil {
		return nil, t.e.errno("read "+what, err)
	}
	return t.buf[:n], nil
}

// LoginUID is the audit login uid, in callgate's user namespace; -1 when nobody
// logged in, and on kernels without CONFIG_AUDIT.
func (t *Thread) LoginUID() (int, error) {
	if err := t.prove(); err != nil {
		return 0, err
	}
	fd, err := openat(t.e.dir, dirLoginUID.ptr(), unix.O_RDONLY)
	if err == unix.ENOENT && t.e.alive() {
		return -1, nil
	}
	if err != nil {
		return 0, t.e.errno("open loginuid", err)
	}
	defer closeFD(fd)
	var b [24]byte
	n, err := read(fd, b[:])
	if err != nil {
		return 0, t.e.errno("read loginuid", err)
	}
	uid, ok := parseInt(b[:n])
	if !ok {
		return 0, t.e.errno("parse loginuid", errFormat)
	}
	if uid == 1<<32-1 {
		return -1, nil
	}
	return uid, nil
}
